import { readJson, remove, write } from './storage';

const PATIENCE = 6; // failures before the hold
const SOCKETS = 3; // of which sockets may be so many: a network that blocks only them must not hold events back
const HOLD_MS = 300_000;
const SPREAD_MS = 60_000;
const YIELD_MS = 2_000;

interface State {
  /** Batches, and sockets, that failed in a row, in any document of this browser. */
  http: number;
  socket: number;
  /** No attempt before this moment, from the sixth failure on. */
  until: number;
  /** It happened offline: over as soon as the browser is online, also when nobody heard `online`. */
  off: boolean;
}

/** When the next attempt may be made: 1 s doubling with full jitter, then one in 5–6 minutes for the whole browser. */
export class Hold {
  private readonly _jitter = Math.random() * SPREAD_MS;
  private _memory?: State | undefined; // for browsers without localStorage
  private _notBefore = 0;

  /** Milliseconds until a batch may be sent, 0 for now. */
  _wait(): number {
    const { http, socket, until } = this._read();
    return this._until(http && http + Math.min(socket, SOCKETS) >= PATIENCE && until, this._notBefore);
  }

  /** Milliseconds until a socket may be opened: not while batches fail, they are tried first. */
  _waitSocket(): number {
    const { http, socket, until } = this._read();
    return this._until(http + socket >= PATIENCE && until, http && Date.now() + YIELD_MS);
  }

  /** An attempt begins: while held, the others wait for its outcome and not for the same moment. */
  _claim(): void {
    const state = this._read();
    if (state.http + state.socket >= PATIENCE) this._write(state);
  }

  /** `seconds` is what `Retry-After` asked for; `times` how much the failure counts. */
  _fail(kind: 'http' | 'socket', seconds = 0, times = 1): void {
    const state = this._read();
    state[kind] += times;
    state.off = navigator.onLine === false;
    this._write(state, seconds);
    if (kind === 'http') this._postpone(Math.max(seconds, Math.random() * 2 ** Math.min(state.http - 1, PATIENCE)));
  }

  _postpone(seconds: number): void {
    this._notBefore = Date.now() + seconds * 1000;
  }

  _lift(): void {
    this._notBefore = 0;
    remove('hold');
    this._memory = undefined;
  }

  /** A socket was let in. Batches are another matter: their failures stand. */
  _welcome(): void {
    if (!this._read().http) this._lift();
  }

  private _until(held: number | false, notBefore: number): number {
    return Math.max(0, (held ? held + this._jitter : 0) - Date.now(), notBefore - Date.now());
  }

  private _read(): State {
    const state = readJson<State>('hold') || this._memory;
    return state && !(state.off && navigator.onLine) ? state : { http: 0, socket: 0, until: 0, off: false };
  }

  private _write(state: State, seconds = 0): void {
    state.until = Date.now() + Math.max(HOLD_MS, seconds * 1000);
    this._memory = write('hold', JSON.stringify(state)) ? undefined : state;
  }
}
