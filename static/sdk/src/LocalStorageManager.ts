import { CHUNKS, DOCUMENTS, answer, openDatabase } from './idb';
import { asAdopter, living } from './locks';
import { type Chunk, type DocumentRecord, type Entry, type Owner, entryOf, joined, ownerOf } from './queue';
import { later, safely } from './safe';
import { namesAfter, read, readJson, remove, write } from './storage';

const MAX_EVENTS = 10_000;
const MAX_CHARACTERS = 50e6;
const MAX_KEY = 1e6; // of a document's key, which is the queue where IndexedDB is missing
const MAX_WINDOW = 64_000;
const CHUNK = 500; // events; also of one adoption
const WINDOW_MS = 200;
const OPEN_MS = 3_000; // a database that has not opened by then (seen in Safari) counts as missing
const PASS_MS = 10_000;

/**
 * What waits for its verdict. Memory holds it all; IndexedDB a copy, one task later, as chunks; the key
 * `obc_analytics_events.<document id>` what IndexedDB has not confirmed while the page hides (or all of it,
 * without IndexedDB); `obc_analytics_events` is a window for people to look through.
 */
export class LocalStorageManager {
  readonly _waiting = new Set<Entry>();
  private readonly _low = new Set<Entry>();
  private readonly _unsaved = new Set<Entry>();
  private readonly _dirty = new Set<Chunk>();
  private readonly _touched = new Set<Owner>();
  private _fresh: Entry[] = [];
  _characters = 0;
  private _cap = MAX_CHARACTERS;
  private _chunks = 0;
  private _db?: IDBDatabase | undefined;
  private _broken = false;
  private _scheduled = false;
  private _writing = false;
  private _keyed = false;
  private _shown = '';
  private _showing = false;
  private _elsewhere = { n: 0, b: 0 }; // waiting for other documents, when last seen
  private _adopted = 0;
  private _delivered?: (() => void) | undefined;
  private _stopped = false;
  private _passing = false;

  /** `_arrived`: adopted events wait. */
  constructor(
    readonly _owner: Owner,
    private readonly _arrived: () => void,
  ) {}

  /** Begin: open the database, look for what dead documents left, again every 10 s. */
  _start(): void {
    if (!read('events')) write('events', '[]');
    const missing = () => {
      if (this._db) return;
      this._broken = true;
      this._cap = MAX_KEY;
      this._changed();
      this._pass();
    };
    this._open().catch(missing);
    later(missing, OPEN_MS);
    setInterval(() => this._pass(), PASS_MS);
  }

  /** Keep an event until its verdict. Past the caps the oldest go, low priority first. */
  _add(entry: Entry): void {
    const record = entry._owner._record;
    record.tracked++;
    this._put(entry);
    this._fresh.push(entry);
    this._unsaved.add(entry);
    while (this._full() && this._dropOldest());
    this._changed();
  }

  /** The oldest events of one document that are not on their way; at most `count` and about `characters`. */
  _take(count: number, characters: number): Entry[] {
    const taken: Entry[] = [];
    for (const entry of this._waiting) {
      if (entry._flying || (taken[0] && entry._owner !== taken[0]._owner)) continue;
      characters -= entry._json.length;
      if (taken[0] && (characters < 0 || taken.length >= count)) break;
      taken.push(entry);
    }
    return taken;
  }

  /** An event has its verdict, or is `dropped` for that reason: it leaves storage. */
  _settle(entry: Entry, dropped?: string): void {
    if (!this._waiting.delete(entry)) return;
    const { _owner: owner, _json: json, _chunk: chunk } = entry;
    const record = owner._record;
    this._low.delete(entry);
    this._unsaved.delete(entry);
    this._characters -= json.length;
    record.n--;
    record.b -= json.length;
    if (dropped) record.dropped[dropped] = (record.dropped[dropped] || 0) + 1;
    else record.acked++;
    this._touched.add(owner);
    if (chunk) {
      chunk._left.delete(entry);
      this._dirty.add(chunk);
    }
    if (owner !== this._owner && !--this._adopted) this._delivered?.();
    this._changed();
  }

  /** Write now, synchronously, what IndexedDB has not confirmed: the page may end any moment. */
  _save(): void {
    const name = 'events.' + this._owner._id;
    if (this._unsaved.size) this._keyed = write(name, joined(this._unsaved, MAX_KEY)) || this._keyed;
    else if (this._keyed) {
      remove(name);
      this._keyed = false;
    }
  }

  /** Stop adopting, because others may adopt what is ours now; or go on. */
  _freeze(frozen: boolean): void {
    this._stopped = frozen;
    if (frozen) this._delivered?.();
    else this._pass();
  }

  /** Forget all that waits, of every document. */
  _clear(): void {
    for (const set of [this._waiting, this._low, this._unsaved, this._dirty, this._touched]) set.clear();
    this._fresh = [];
    this._characters = this._adopted = 0;
    this._owner._record.n = this._owner._record.b = 0;
    this._delivered?.();
    const tx = this._db?.transaction([CHUNKS, DOCUMENTS], 'readwrite');
    tx?.objectStore(CHUNKS).clear();
    tx?.objectStore(DOCUMENTS).clear();
  }

  private _put(entry: Entry): void {
    this._waiting.add(entry);
    if (entry._low) this._low.add(entry);
    this._characters += entry._json.length;
    const record = entry._owner._record;
    record.n++;
    record.b += entry._json.length;
    this._touched.add(entry._owner);
  }

  private _full(): boolean {
    return this._waiting.size + this._elsewhere.n > MAX_EVENTS || this._characters + this._elsewhere.b > this._cap;
  }

  private _dropOldest(): boolean {
    for (const set of [this._low, this._waiting]) {
      for (const entry of set) {
        if (entry._flying) continue;
        this._settle(entry, 'overflow');
        return true;
      }
    }
    return false;
  }

  // --- IndexedDB ------------------------------------------------------------------------------------

  private async _open(): Promise<void> {
    const db = await openDatabase();
    db.onclose = () => (this._db = undefined);
    this._db = db;
    this._broken = false;
    this._cap = MAX_CHARACTERS;
    this._changed();
    this._pass();
  }

  /** One task later, all that changed until then goes to the database in one transaction. */
  private _changed(): void {
    if (this._scheduled) return;
    this._scheduled = true;
    later(() => this._flush(), this._broken && this._characters > MAX_WINDOW ? WINDOW_MS : 0);
  }

  private _flush(): void {
    this._scheduled = false;
    this._show();
    this._dropKeys();
    if (this._broken) this._save();
    if (this._writing || !this._db) return;
    this._writing = true;
    const dirty = this._chunked();
    const touched = [...this._touched];
    const stored = [...this._unsaved].filter((entry) => entry._chunk);
    this._dirty.clear();
    this._touched.clear();
    const ended = (worked: boolean) => {
      this._writing = false;
      if (!worked) return this._failed(dirty, touched);
      for (const entry of stored) this._unsaved.delete(entry);
      if (this._keyed) this._save();
      if (this._fresh.length || this._dirty.size || this._touched.size) this._changed();
    };
    if (!safely(() => this._write(this._db!, dirty, touched, ended))) ended(false);
  }

  /** Put what is new into chunks; all chunks that must be written. */
  private _chunked(): Chunk[] {
    const fresh = this._fresh.filter((entry) => this._waiting.has(entry));
    this._fresh = [];
    for (let i = 0; i < fresh.length; i += CHUNK) {
      const chunk: Chunk = { _key: this._owner._id + '/' + this._chunks++, _left: new Set(fresh.slice(i, i + CHUNK)) };
      for (const entry of chunk._left) entry._chunk = chunk;
      this._dirty.add(chunk);
    }
    return [...this._dirty];
  }

  private _write(db: IDBDatabase, dirty: Chunk[], touched: Owner[], ended: (worked: boolean) => void): boolean {
    const tx = db.transaction([CHUNKS, DOCUMENTS], 'readwrite', { durability: 'relaxed' });
    const chunks = tx.objectStore(CHUNKS);
    const documents = tx.objectStore(DOCUMENTS);
    for (const { _key, _left } of dirty) {
      if (_left.size) chunks.put([..._left].map((entry) => entry._json), _key);
      else chunks.delete(_key);
    }
    for (const { _id, _record } of touched) {
      if (_record.n > 0) documents.put(_record, _id);
      else documents.delete(_id);
    }
    const sum = { n: -this._waiting.size, b: -this._characters };
    const all = documents.getAll() as IDBRequest<DocumentRecord[]>;
    tx.oncomplete = () => {
      for (const { n, b } of all.result) (sum.n += n), (sum.b += b);
      this._elsewhere = sum;
      ended(true);
    };
    tx.onabort = () => ended(false);
    tx.commit?.();
    return true;
  }

  /** The disk is full, or the connection was lost: the key holds the events until a new one works. */
  private _failed(dirty: Chunk[], touched: Owner[]): void {
    for (const chunk of dirty) this._dirty.add(chunk);
    for (const owner of touched) this._touched.add(owner);
    safely(() => this._db!.close());
    this._db = undefined;
    this._broken = true;
    this._save();
    const again = () => void this._open().catch(() => later(again, PASS_MS));
    later(again, WINDOW_MS * 5);
  }

  // --- the window -----------------------------------------------------------------------------------

  private _show(): void {
    if (this._showing) return;
    this._showing = true;
    later(() => {
      this._showing = false;
      const text = joined(this._waiting, MAX_WINDOW);
      if (text !== this._shown && write('events', text)) this._shown = text;
    }, WINDOW_MS);
  }

  // --- adoption -------------------------------------------------------------------------------------

  private _pass(): void {
    if (this._stopped || this._passing) return;
    this._passing = true;
    const ended = () => (this._passing = false);
    asAdopter(this._owner._id, async () => {
      while (!this._stopped && (await this._adopt())) {
        this._arrived();
        await new Promise<void>((done) => (this._delivered = done));
      }
    }).then(ended, ended);
  }

  /** Take over what dead documents left, oldest first and 500 events at most; how many wait now. */
  private async _adopt(): Promise<number> {
    const own = this._owner._id;
    const alive = await living();
    const ids = new Set(namesAfter('events.'));
    for (const id of (await this._ask(DOCUMENTS, (store) => store.getAllKeys())) || []) ids.add(id as string);
    // the last six digits name server and key: what was tracked for another one is not ours to send
    const dead = [...ids].filter((id) => id !== own && id.endsWith(own.slice(-6)) && !alive.has(id));
    const known = new Set<string>();
    const found: Entry[] = [];
    for (const { _id } of this._waiting) known.add(_id);
    for (const id of dead.sort()) {
      if (found.length >= CHUNK) break;
      await this._adoptFrom(id, found, known);
    }
    const own_ = [...this._waiting];
    this._waiting.clear();
    for (const entry of found) this._put(entry);
    for (const entry of own_) this._waiting.add(entry);
    this._adopted += found.length;
    this._changed();
    return this._adopted;
  }

  private async _adoptFrom(id: string, found: Entry[], known: Set<string>): Promise<void> {
    const owner = ownerOf(id, (await this._ask(DOCUMENTS, (store) => store.get(id))) as DocumentRecord | undefined);
    const record = owner._record;
    const bring = (chunk: Chunk, texts: string[]) => {
      for (const text of texts) {
        const entry = entryOf(text, owner);
        if (!entry || known.has(entry._id)) continue;
        known.add(entry._id);
        entry._chunk = chunk;
        chunk._left.add(entry);
        found.push(entry);
      }
      if (!chunk._left.size) this._dirty.add(chunk);
    };
    const keys = ((await this._ask(CHUNKS, (store) => store.getAllKeys(IDBKeyRange.bound(id + '/', id + '0')))) || []) as string[];
    for (const key of keys) {
      const texts = ((await this._ask(CHUNKS, (store) => store.get(key))) || []) as string[];
      if (found.length && found.length + texts.length > CHUNK) return;
      bring({ _key: key, _left: new Set() }, texts);
    }
    record.n = record.b = 0; // counted anew as they are put into the queue
    const name = 'events.' + id;
    const texts = (readJson<object[]>(name) || []).map((event) => JSON.stringify(event));
    const rest = texts.splice(Math.max(0, CHUNK - found.length));
    bring({ _key: name, _left: new Set(), _local: true, _rest: rest }, texts);
    this._touched.add(owner);
  }

  /** One request to the database; undefined without one. */
  private async _ask<T>(name: string, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    return this._db && answer(request(this._db.transaction(name).objectStore(name)));
  }

  /** Keys of dead documents whose events have their verdicts. */
  private _dropKeys(): void {
    for (const chunk of this._dirty) {
      if (!chunk._local) continue;
      this._dirty.delete(chunk);
      if (chunk._left.size) continue;
      if (chunk._rest?.length) write(chunk._key, '[' + chunk._rest + ']');
      else remove(chunk._key);
    }
  }
}
