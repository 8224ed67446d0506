# Finds a JDK that runs Dunlin. Sourced by ./dunlin and ./verify; POSIX sh, no state but the functions below.
#
#   find_jdk javac   prints the home of a JDK (with a compiler), or says what to install and fails
#   find_jdk java    the same, and a runtime without a compiler will do

JDK_WANTED=25

# Before every absolute path that is searched: empty, but in tests, which make a small file system of their own.
JDK_ROOT=${JDK_ROOT:-}

# jdk_version HOME: its feature version (25, 26, ...) from the file `release`, so that no JVM has to start; or nothing.
jdk_version() {
  [ -r "$1/release" ] || return 0
  while IFS= read -r jdk_line; do
    case $jdk_line in
    JAVA_VERSION=*)
      jdk_line=${jdk_line#JAVA_VERSION=}
      jdk_line=${jdk_line#\"}
      printf '%s\n' "${jdk_line%%[!0-9]*}"
      return 0
      ;;
    esac
  done <"$1/release"
}

# jdk_fits HOME TOOL: true when HOME is new enough and has bin/TOOL.
jdk_fits() {
  [ -x "$1/bin/$2" ] && [ -x "$1/bin/java" ] || return 1
  jdk_found=$(jdk_version "$1")
  [ -n "$jdk_found" ] && [ "$jdk_found" -ge "$JDK_WANTED" ]
}

# jdk_on_path: the home behind the `java` on the PATH, through symbolic links, wrappers and shims.
jdk_on_path() {
  jdk_java=$(command -v java 2>/dev/null) || return 0
  jdk_real=$(readlink -f "$jdk_java" 2>/dev/null) || jdk_real=$jdk_java
  jdk_home=${jdk_real%/bin/java}
  if [ ! -r "$jdk_home/release" ]; then
    jdk_home=$("$jdk_java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p') || :
  fi
  printf '%s\n' "$jdk_home"
}

# jdk_usual_places: where Linux, macOS, SDKMAN and the development environments put JDKs; one home a line.
jdk_usual_places() {
  if [ -x "$JDK_ROOT/usr/libexec/java_home" ]; then
    "$JDK_ROOT/usr/libexec/java_home" -v "$JDK_WANTED+" 2>/dev/null || :
  fi
  for jdk_home in \
    "$JDK_ROOT"/usr/lib/jvm/* "$JDK_ROOT"/usr/lib64/jvm/* "$JDK_ROOT"/usr/java/* "$JDK_ROOT"/usr/local/java/* \
    "$JDK_ROOT"/usr/local/lib/jvm/* "$JDK_ROOT"/opt/* "$JDK_ROOT"/opt/java/* "$JDK_ROOT"/opt/jdk/* \
    "$JDK_ROOT"/Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-/}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$JDK_ROOT"/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "$JDK_ROOT"/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "$JDK_ROOT"/home/linuxbrew/.linuxbrew/opt/openjdk*/libexec \
    "${SDKMAN_DIR:-${HOME:-/}/.sdkman}"/candidates/java/* "${HOME:-/}"/.jdks/* \
    "${HOME:-/}"/.asdf/installs/java/* "${HOME:-/}"/.local/share/mise/installs/java/*; do
    if [ -r "$jdk_home/release" ]; then
      printf '%s\n' "$jdk_home"
    fi
  done
}

# jdk_exists FILE...: true when the first is there, as with a pattern that fits something.
jdk_exists() {
  [ -e "$1" ]
}

# jdk_remedy TOOL: the command of this system that installs a JDK, as far as this system has one.
jdk_remedy() {
  if command -v apt-get >/dev/null 2>&1; then
    if apt-cache show "openjdk-$JDK_WANTED-jdk-headless" >/dev/null 2>&1; then
      echo "sudo apt-get install openjdk-$JDK_WANTED-jdk-headless"
    elif ! jdk_exists "$JDK_ROOT"/var/lib/apt/lists/*_Packages*; then # apt knows no packages yet
      echo "sudo apt-get update && sudo apt-get install openjdk-$JDK_WANTED-jdk-headless"
    else # this release has no package of its own: Adoptium has
      echo "wget -qO- https://packages.adoptium.net/artifactory/api/gpg/key/public | sudo tee /etc/apt/trusted.gpg.d/adoptium.asc >/dev/null && echo \"deb https://packages.adoptium.net/artifactory/deb \$(. /etc/os-release && echo \$VERSION_CODENAME) main\" | sudo tee /etc/apt/sources.list.d/adoptium.list && sudo apt-get update && sudo apt-get install temurin-$JDK_WANTED-jdk"
    fi
  elif command -v dnf >/dev/null 2>&1; then
    echo "sudo dnf install java-$JDK_WANTED-openjdk-devel"
  elif command -v zypper >/dev/null 2>&1; then
    echo "sudo zypper install java-$JDK_WANTED-openjdk-devel"
  elif command -v pacman >/dev/null 2>&1; then
    echo "sudo pacman -S jdk-openjdk"
  elif command -v apk >/dev/null 2>&1; then
    echo "apk add openjdk$JDK_WANTED"
  elif command -v brew >/dev/null 2>&1; then
    echo "brew install openjdk"
  else
    echo "a JDK $JDK_WANTED from adoptium.net, or with SDKMAN (sdkman.io)"
  fi
}

find_jdk() {
  for jdk_candidate in "${JAVA_HOME:-}" "$(jdk_on_path)"; do
    if [ -n "$jdk_candidate" ] && jdk_fits "$jdk_candidate" "$1"; then
      printf '%s\n' "$jdk_candidate"
      return 0
    fi
  done
  # Of the others the version that Dunlin is built and tested with, else the first that is newer.
  jdk_newer=
  jdk_places=$(jdk_usual_places)
  while IFS= read -r jdk_candidate; do
    [ -n "$jdk_candidate" ] && jdk_fits "$jdk_candidate" "$1" || continue
    if [ "$(jdk_version "$jdk_candidate")" -eq "$JDK_WANTED" ]; then
      printf '%s\n' "$jdk_candidate"
      return 0
    fi
    [ -n "$jdk_newer" ] || jdk_newer=$jdk_candidate
  done <<EOF
$jdk_places
EOF
  if [ -n "$jdk_newer" ]; then
    printf '%s\n' "$jdk_newer"
    return 0
  fi
  echo "dunlin: needs a JDK $JDK_WANTED or newer and finds none (JAVA_HOME, PATH, the usual places); install it: $(jdk_remedy)" >&2
  return 1
}
