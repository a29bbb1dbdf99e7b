export const CHUNKS = 'chunks'; // '<document id>/<n>' → JSON texts of events
export const DOCUMENTS = 'documents'; // document id → DocumentRecord

export function openDatabase(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open('obc_analytics', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(CHUNKS);
      request.result.createObjectStore(DOCUMENTS);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = failed;
  });
}

export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = failed;
  });
}
