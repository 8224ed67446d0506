package io.dunlin.storage;

import io.dunlin.storage.fixture.SortedStoreContract;

class MemoryStoreTest extends SortedStoreContract {
  @Override
  protected SortedStore create() {
    return new MemoryStore();
  }

  @Override
  protected SortedStore crash(SortedStore store) {
    ((MemoryStore) store).crash();
    return store;
  }
}
