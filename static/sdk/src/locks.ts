import { safely } from './safe';
import { namesAfter, read, remove, write } from './storage';

/**
 * Who is alive. A document holds the Web Lock `obc/<id>`; plain-http hosts have no Web Locks, there it
 * keeps a lease of 5 s in localStorage. Both are given up on pagehide: a held lock would keep the page out
 * of the back/forward cache, and a frozen document can't deliver.
 */
const LEASE_MS = 5_000;
const RENEW_MS = 2_000;

export class DocumentLock {
  private _wanted = false;
  private _release?: () => void;
  private _timer = 0;

  constructor(private readonly _id: string) {}

  _take(): void {
    this._wanted = true;
    const manager = locks();
    if (!manager) return this._renew();
    manager
      .request('obc/' + this._id, () => (this._wanted ? new Promise<void>((end) => (this._release = end)) : undefined))
      .catch(() => this._renew());
  }

  _drop(): void {
    this._wanted = false;
    this._release?.();
    clearTimeout(this._timer);
    remove('lease.' + this._id);
  }

  private _renew(): void {
    if (!this._wanted) return;
    write('lease.' + this._id, '' + (Date.now() + LEASE_MS));
    this._timer = setTimeout(() => this._renew(), RENEW_MS) as unknown as number;
  }
}

/** The ids of the documents that are alive, among those with a lock or a lease. */
export async function living(): Promise<Set<string>> {
  const alive = new Set<string>();
  const manager = locks();
  if (manager) {
    const { held = [], pending = [] } = await manager.query();
    for (const { name } of [...held, ...pending]) alive.add((name || '').slice(4));
  }
  for (const id of namesAfter('lease.')) {
    if (Number(read('lease.' + id)!.split('/')[0]) > Date.now()) alive.add(id);
    else remove('lease.' + id);
  }
  return alive;
}

/** Run `work` while this document is the browser's only adopter; not at all when another one is. */
export async function asAdopter(id: string, work: () => Promise<void>): Promise<void> {
  const manager = locks();
  if (manager) return manager.request('obc/adopt', { ifAvailable: true }, (lock) => (lock ? work() : undefined)) as Promise<void>;
  const [until, holder] = (read('lease.adopt') || '').split('/');
  if (Number(until) > Date.now() && holder !== id) return;
  const renew = () => write('lease.adopt', Date.now() + LEASE_MS + '/' + id);
  renew();
  const timer = setInterval(renew, RENEW_MS);
  await work().catch(() => {});
  clearInterval(timer);
  remove('lease.adopt');
}

function locks(): LockManager | undefined {
  return safely(() => navigator.locks);
}
