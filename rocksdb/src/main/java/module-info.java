/// The sorted store on RocksDB.
@org.jspecify.annotations.NullMarked
module io.dunlin.rocksdb {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.storage;
  requires rocksdbjni;
  requires org.slf4j;

  exports io.dunlin.rocksdb;
}
