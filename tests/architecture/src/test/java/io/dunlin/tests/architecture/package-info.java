/// The rules of the house as tests. They see every module, and nothing sees them.
@org.jspecify.annotations.NullMarked
package io.dunlin.tests.architecture;
