package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's side of TLS on one connection: a record is decrypted straight into the place that
/// the handler will see it in.
///
/// The engine does what it must compute on the loop, at most a signature and a chain of
/// certificates per handshake. Idle, the socket holds the engine and no buffer.
@OwnedBy("loop")
final class TlsSocket extends LayeredSocket {
  private static final Logger LOG = LoggerFactory.getLogger(TlsSocket.class);

  /// Room that any record needs on either side.
  private static final int RECORD_BYTES = 18 << 10;

  private static final int PLAIN_BYTES = 16 << 10;
  private static final int READ_BYTES = 40 << 10;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final TlsContext context;
  private final String listener;
  private final SSLEngine engine;
  private List<X509Certificate> peer = List.of();

  /// Bytes of the peer that make no whole record, or for whose records there was no room.
  private @Nullable KeptBytes cipher;

  private boolean wholeRecords;

  /// What did not fit in front of the reader.
  private @Nullable KeptBytes plain;

  private int plainTaken;
  private boolean ended;
  private boolean failed;
  private boolean freed;

  TlsSocket(StreamSocket inner, TlsContext context, String listener) {
    super(inner);
    this.context = context;
    this.listener = listener;
    this.engine = context.newEngine();
  }

  @Override
  List<X509Certificate> peerCertificates() {
    return peer;
  }

  @Override
  void register(NettyLoop loop) throws IOException {
    super.register(loop);
    if (!peer.isEmpty()) {
      loop.certified().add(this);
      if (context.revoked(peer)) { // since a list may have come while it was between two loops
        loop.execute(this::endIfRevoked);
      }
    }
  }

  @Override
  void deregister() {
    if (!peer.isEmpty() && registered()) {
      loop().certified().remove(this);
    }
    super.deregister();
  }

  /// Ends the connection when its certificate has been revoked.
  void endIfRevoked() {
    if (registered() && !closing() && context.revoked(peer)) {
      LOG.info(
          "connection.revoked listener={} remote={} subject={}",
          listener,
          remoteAddress(),
          peer.getFirst().getSubjectX500Principal());
      closeAbove();
    }
  }

  // --- input

  @Override
  boolean hasInput() {
    return plain != null || wholeRecords || ended;
  }

  @Override
  int read(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    if (plain != null) {
      return takePlain(plain, target, from, to);
    }
    if (ended) {
      return -1;
    }
    ByteBuffer in = loop.layerBuffer(NettyLoop.Layer.TLS_INPUT);
    KeptBytes before = cipher;
    int kept = before == null ? 0 : before.size();
    int count = 0;
    if (!wholeRecords) { // so that less than a record is kept, and there is room
      int most = Math.min(READ_BYTES, Math.max(to - from, RECORD_BYTES));
      count = inner().receive(loop, in, kept, kept + most);
      if (count <= 0) {
        return count;
      }
    }
    if (before != null) {
      before.copyTo(in, 0);
      before.release();
      cipher = null;
    }
    int end = kept + count;
    try {
      if (!opened()) {
        countOpening(count);
      }
      int taken = decrypt(loop, in, end, target, from, to);
      return taken == 0 && ended ? -1 : taken;
    } catch (SSLException e) {
      return fail(e);
    }
  }

  private int takePlain(KeptBytes bytes, ByteBuffer target, int from, int to) {
    int length = Math.min(to - from, bytes.size() - plainTaken);
    bytes.copyTo(target, from, plainTaken, length);
    plainTaken += length;
    if (plainTaken == bytes.size()) {
      bytes.release();
      plain = null;
    }
    return length;
  }

  /// Decrypts `[0, end)` of `in` into `[from, to)` and keeps what is left over; returns how many
  /// bytes came out.
  private int decrypt(NettyLoop loop, ByteBuffer in, int end, ByteBuffer target, int from, int to)
      throws IOException {
    in.limit(end).position(0);
    int out = from;
    boolean roomy = true;
    boolean partial = false;
    try {
      while (!ended && !partial && plain == null && !closing()) {
        roomy &= to - out >= RECORD_BYTES;
        ByteBuffer place =
            roomy
                ? loop.view(target, out, to)
                : loop.layerBuffer(NettyLoop.Layer.TLS_PLAIN).clear();
        int begin = place.position();
        int at = in.position();
        SSLEngineResult result = engine.unwrap(in, place);
        int produced = place.position() - begin;
        if (roomy) {
          out += produced;
        } else if (produced > 0) {
          plain = KeptBytes.copyOf(place, 0, produced, 0);
          plainTaken = 0;
        }
        Status status = result.getStatus();
        ended = status == Status.CLOSED;
        boolean goesOn = !ended && handshake(loop, result.getHandshakeStatus());
        boolean idle = !goesOn && produced == 0 && in.position() == at;
        partial = status == Status.BUFFER_UNDERFLOW || (status == Status.OK && idle);
        if (status == Status.BUFFER_OVERFLOW) {
          if (!roomy) {
            throw new SSLException("a record of more than " + RECORD_BYTES + " bytes");
          }
          roomy = false;
        }
      }
      wholeRecords = !partial && !ended && in.hasRemaining();
      if (in.hasRemaining() && !ended && !closing()) {
        cipher = KeptBytes.copyOf(in, in.position(), end, 0);
      }
    } finally {
      in.clear();
    }
    KeptBytes rest = plain;
    return out == from && rest != null ? takePlain(rest, target, from, to) : out - from;
  }

  /// Does what the engine asks for; returns whether that may let it go on.
  private boolean handshake(NettyLoop loop, HandshakeStatus first) throws IOException {
    HandshakeStatus status = first;
    boolean did = false;
    while (true) {
      switch (status) {
        case NEED_TASK -> {
          refuseRenegotiation();
          for (Runnable task = engine.getDelegatedTask();
              task != null;
              task = engine.getDelegatedTask()) {
            task.run();
          }
          status = engine.getHandshakeStatus();
          did = true;
        }
        case NEED_WRAP -> {
          status = wrapNothing(loop);
          did = true;
        }
        case FINISHED -> {
          onHandshake(loop);
          return true;
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING -> {
          return did;
        }
      }
    }
  }

  private void refuseRenegotiation() throws SSLException {
    if (opened() && !engine.getSession().getProtocol().equals("TLSv1.3")) {
      throw new SSLException("renegotiation");
    }
  }

  private HandshakeStatus wrapNothing(NettyLoop loop) throws IOException {
    ByteBuffer out = loop.layerBuffer(NettyLoop.Layer.TLS_OUTPUT).clear();
    SSLEngineResult result = engine.wrap(NOTHING, out);
    write(out, 0, out.position());
    HandshakeStatus status = result.getHandshakeStatus();
    boolean stuck = status == HandshakeStatus.NEED_WRAP && result.bytesProduced() == 0;
    return stuck || result.getStatus() == Status.CLOSED ? HandshakeStatus.NOT_HANDSHAKING : status;
  }

  private void onHandshake(NettyLoop loop) throws SSLException {
    if (opened()) {
      return; // a new key, or a ticket
    }
    peer = shown();
    if (context.revoked(peer)) { // a resumed session is not asked again
      throw new SSLException("the certificate is revoked");
    }
    if (!peer.isEmpty()) {
      loop.certified().add(this);
    }
    open();
  }

  private List<X509Certificate> shown() {
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate each : engine.getSession().getPeerCertificates()) {
        chain.add((X509Certificate) each);
      }
      return List.copyOf(chain);
    } catch (SSLPeerUnverifiedException _) { // it has shown none
      return List.of();
    }
  }

  /// Sends the alert and ends the connection.
  private int fail(SSLException cause) {
    if (!failed) {
      failed = true;
      Throwable root = cause.getCause() == null ? cause : cause.getCause();
      refuse(listener, "TLS: " + root.getMessage());
    }
    return 0;
  }

  // --- output

  @Override
  int encode(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    ByteBuffer out = loop.layerBuffer(NettyLoop.Layer.TLS_OUTPUT);
    int at = from;
    while (at < to && !outputWaits()) {
      out.clear();
      while (at < to && out.remaining() >= RECORD_BYTES) {
        ByteBuffer piece = loop.view(source, at, Math.min(to, at + PLAIN_BYTES));
        SSLEngineResult result = engine.wrap(piece, out);
        if (result.getStatus() != Status.OK || result.bytesConsumed() == 0) {
          throw new IOException("TLS takes no more: " + result);
        }
        at += result.bytesConsumed();
      }
      write(out, 0, out.position());
    }
    return at - from;
  }

  @Override
  void sayGoodbye(NettyLoop loop) throws IOException {
    engine.closeOutbound(); // after an error the engine has an alert instead
    for (int i = 0; i < 4 && !engine.isOutboundDone(); i++) {
      if (wrapNothing(loop) != HandshakeStatus.NEED_WRAP) {
        break;
      }
    }
  }

  @Override
  void release() {
    if (cipher != null) {
      cipher.release();
      cipher = null;
    }
    if (plain != null) {
      plain.release();
      plain = null;
    }
    wholeRecords = false;
  }

  @Override
  void close(boolean reset) {
    super.close(reset);
    if (!freed) {
      freed = true;
      ReferenceCountUtil.release(engine);
    }
  }
}
