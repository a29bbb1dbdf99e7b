import type { Answer } from './BatchProcessor';
import type { Hold } from './hold';
import { later, safely } from './safe';

const ACK_MS = 10_000; // then the batch goes by HTTP
const CONNECT_MS = 10_000;
const LONGEST = 9; // doublings of a second: about 5 minutes

interface Frame extends Answer {
  type: string;
  batch_id?: string;
  heartbeat_s?: number;
  retry_after_s?: number;
}

/**
 * One socket of a visible document. It reconnects with full jitter, doubling up to 5 minutes;
 * a batch it does not ack within 10 s is handed back.
 */
export class WebSocketManager {
  private _socket?: WebSocket | undefined;
  private _wanted = false;
  private _ready = false;
  private _tries = 0;
  private _timer = 0;
  private _beat = 0;
  private _heard = 0;
  private readonly _unacked = new Map<string, (answer?: Answer) => void>();

  /** `_url` is asked anew for each connection, because it names the user. */
  constructor(
    private readonly _url: () => string,
    private readonly _hold: Hold,
  ) {}

  _open(): void {
    this._wanted = true;
    this._connect();
  }

  /** Close, at once or when the last ack is in. */
  _close(now: boolean): void {
    this._wanted = false;
    clearTimeout(this._timer);
    if (now || !this._unacked.size) this._end();
  }

  /** The server's answer; undefined when the socket is not open or does not answer in time. */
  _send(id: string, envelope: string): Promise<Answer | undefined> | undefined {
    if (!this._ready) return undefined;
    return new Promise((done) => {
      const timer = later(() => this._end(), ACK_MS);
      this._unacked.set(id, (answer) => {
        clearTimeout(timer);
        this._unacked.delete(id);
        done(answer);
        if (!this._wanted && !this._unacked.size) this._end();
      });
      if (!this._say('{"type":"batch",' + envelope.slice(1))) this._end();
    });
  }

  /** Label the connection; the identity itself travels as an event. */
  _identify(user: string): void {
    if (this._ready) this._say(JSON.stringify({ type: 'identify', user_id: user }));
  }

  private _say(text: string): boolean {
    return !!safely(() => (this._socket!.send(text), true));
  }

  private _connect(): void {
    clearTimeout(this._timer);
    if (!this._wanted || this._socket) return;
    const wait = this._hold._waitSocket();
    if (wait) return this._again(wait);
    this._hold._claim();
    const socket = safely(() => new WebSocket(this._url()));
    if (!socket) return;
    this._socket = socket;
    socket.onmessage = (event) => safely(() => socket === this._socket && this._hear(JSON.parse(event.data as string) as Frame));
    socket.onclose = (event) => {
      if (socket === this._socket) this._end(event.code > 4400 && event.code < 4404);
    };
    this._timer = later(() => this._ready || this._end(), CONNECT_MS);
  }

  private _again(ms: number): void {
    this._timer = later(() => this._connect(), ms);
  }

  private _hear(frame: Frame): void {
    this._heard = Date.now();
    if (frame.type === 'welcome') this._welcome((frame.heartbeat_s || 25) * 1000);
    if (frame.type === 'ack') this._unacked.get(frame.batch_id!)?.({ ...frame, status: 200 });
    if (frame.type === 'slow_down') {
      const seconds = frame.retry_after_s || 1;
      this._hold._postpone(seconds);
      this._unacked.get(frame.batch_id!)?.({ status: 429, retry_after: seconds });
    }
  }

  private _welcome(heartbeat: number): void {
    this._ready = true;
    this._tries = 0;
    clearTimeout(this._timer);
    this._hold._welcome();
    this._beat = setInterval(() => {
      if (Date.now() - this._heard > heartbeat * 2.5) this._end();
      else this._say(`{"type":"heartbeat","t":${Date.now()}}`);
    }, heartbeat) as unknown as number;
  }

  /** The socket is gone, or is given up; `refused`: coming back with this key is useless. */
  private _end(refused = false): void {
    const socket = this._socket;
    if (!socket) return;
    this._socket = undefined;
    clearInterval(this._beat);
    clearTimeout(this._timer);
    safely(() => socket.close());
    const failed = !this._ready && this._wanted;
    this._ready = false;
    for (const done of [...this._unacked.values()]) done();
    if (failed) this._hold._fail('socket');
    if (this._wanted && !refused) this._again(Math.random() * 1000 * 2 ** Math.min(failed ? ++this._tries : 0, LONGEST));
  }
}
