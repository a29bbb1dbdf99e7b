import type { Hold } from './hold';
import type { LocalStorageManager } from './LocalStorageManager';
import type { Entry } from './queue';
import { later } from './safe';
import { uuid } from './uuid';
import type { WebSocketManager } from './WebSocketManager';

const PLENTY = 20; // events that go at once
const WAIT_MS = 2_000; // else after this long
const BATCH = 48_000; // characters
const MOST = 500; // events
const KEEPALIVE = 60_000; // bytes in flight; browsers allow 65,536 a document
const PATIENCE_MS = 30_000;

/** The server's answer to a batch, over HTTP or a socket; status 0 when there was none. */
export interface Answer {
  status: number;
  results?: Record<string, { result: string }>;
  retry_after?: number;
}

/** Sends what waits, one batch after the other, until each event has its verdict. HTTP is the guarantee. */
export class BatchProcessor {
  private _busy = false;
  private _due = Infinity;
  private _timer = 0;
  private _most = MOST;
  private _keepalive = 0;
  private _flying = 0;
  private _flyingCharacters = 0;

  constructor(
    private readonly _url: string,
    private readonly _store: LocalStorageManager,
    private readonly _hold: Hold,
    private readonly _socket: WebSocketManager | undefined,
  ) {}

  /** Something waits. */
  _notice(): void {
    this._schedule(this._plenty() ? 0 : WAIT_MS);
  }

  _schedule(ms: number): void {
    const at = Date.now() + ms;
    if (at >= this._due) return;
    this._due = at;
    clearTimeout(this._timer);
    this._timer = later(() => this._run(), ms);
  }

  /** The page may end: send what fits into keepalive requests. All is kept until it is acked. */
  _hide(): void {
    this._store._save();
    while (!this._hold._wait()) {
      const batch = this._store._take(this._most, BATCH);
      if (!batch[0]) return;
      this._fly(batch, true);
      const body = pack(this._envelope(batch));
      if (this._keepalive + body.size > KEEPALIVE) return this._fly(batch, false);
      this._hold._claim();
      void this._post(body).then((answer) => this._judge(batch, answer));
    }
  }

  private _plenty(): boolean {
    const { _waiting, _characters } = this._store;
    return _waiting.size - this._flying >= PLENTY || _characters - this._flyingCharacters >= BATCH;
  }

  private _run(): void {
    this._due = Infinity;
    if (this._busy) return;
    const batch = this._store._take(this._most, BATCH);
    if (!batch[0]) return;
    const wait = this._hold._wait();
    if (wait) return this._schedule(wait);
    this._busy = true;
    this._fly(batch, true);
    this._hold._claim();
    const sent = () => {
      this._busy = false;
      const [next] = this._store._take(1, 0);
      if (next) this._schedule(this._plenty() || next._owner !== this._store._owner ? 0 : WAIT_MS);
    };
    this._send(batch).then((answer) => this._judge(batch, answer)).then(sent, sent);
  }

  private async _send(batch: Entry[]): Promise<Answer> {
    const id = uuid();
    const envelope = this._envelope(batch, id);
    return (await this._socket?._send(id, envelope)) || this._post(pack(envelope));
  }

  private async _post(body: Blob): Promise<Answer> {
    const small = this._keepalive + body.size <= KEEPALIVE;
    const abort = new AbortController();
    const timer = later(() => abort.abort(), PATIENCE_MS);
    if (small) this._keepalive += body.size;
    try {
      // a text/plain body without a custom header needs no preflight
      const response = await fetch(this._url, {
        method: 'POST', body, credentials: 'omit', keepalive: small, signal: abort.signal,
      });
      const said = response.ok ? ((await response.json()) as Answer) : undefined;
      return { ...said, status: response.status, retry_after: Number(response.headers.get('Retry-After')) || 0 };
    } catch {
      return { status: 0 };
    } finally {
      clearTimeout(timer);
      if (small) this._keepalive -= body.size;
    }
  }

  private _judge(batch: Entry[], { status, results, retry_after }: Answer): void {
    this._fly(batch, false);
    if (status === 413 || status === 400) return this._halve(batch, status);
    let settled = 0;
    for (const entry of batch) {
      const verdict = results?.[entry._id];
      if (!verdict || verdict.result === 'retry') continue;
      this._store._settle(entry);
      settled++;
    }
    if (settled) {
      this._hold._lift();
      this._most = Math.min(MOST, this._most * 2);
      if (settled < batch.length) this._hold._postpone(retry_after || 1);
    } else {
      // a refused key may be put right, but not within seconds
      const again = !status || status === 408 || status === 429 || status >= 500 || status === 200;
      this._hold._fail('http', retry_after, again ? 1 : 6);
    }
  }

  /** Too large, or one event in it can't be read: send halves; a single one is dropped, and counted. */
  private _halve(batch: Entry[], status: number): void {
    if (batch[1]) this._most = batch.length >> 1;
    else this._store._settle(batch[0]!, status === 413 ? 'too_large' : 'refused');
  }

  private _fly(batch: Entry[], flying: boolean): void {
    for (const entry of batch) {
      entry._flying = flying;
      entry._owner._flying += flying ? 1 : -1;
      this._flying += flying ? 1 : -1;
      this._flyingCharacters += flying ? entry._json.length : -entry._json.length;
    }
  }

  /** What is on its way counts as acked: the report is kept only if the batch is, and may be the document's last. */
  private _envelope(batch: Entry[], id = uuid()): string {
    const { _id, _record, _flying } = batch[0]!._owner;
    const { tracked, acked, dropped } = _record;
    const client = JSON.stringify({ document_id: _id, tracked, acked: acked + _flying, dropped });
    const events = batch.map((entry) => entry._json).join();
    return `{"batch_id":"${id}","sent_at":"${new Date().toISOString()}","client":${client},"events":[${events}]}`;
  }
}

function pack(body: string): Blob {
  return new Blob([body], { type: 'text/plain' });
}

