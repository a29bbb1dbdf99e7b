import { readJson, remove, write } from './storage';

const PATIENCE = 6; // failures before the hold
const HOLD_MS = 300_000;
const SPREAD_MS = 60_000;

interface State {
  /** Attempts in a row that failed, in any document of this browser. */
  n: number;
  /** No attempt before this moment, from the sixth failure on. */
  until: number;
  /** HTTP failed too; a network that only blocks sockets must not hold events back. */
  http: boolean;
  /** It happened offline: over as soon as the browser is online, also when nobody heard `online`. */
  off: boolean;
}

/** When the next attempt may be made: 1 s doubling with full jitter, then one in 5–6 minutes for the whole browser. */
export class Hold {
  private readonly _jitter = Math.random() * SPREAD_MS;
  private _memory?: State; // for browsers without localStorage
  private _notBefore = 0;

  /** Milliseconds until an attempt is allowed, 0 for now. */
  _wait(http: boolean): number {
    const state = this._read();
    const held = state.n >= PATIENCE && (state.http || !http) ? state.until + this._jitter : 0;
    return Math.max(0, held - Date.now(), http ? this._notBefore - Date.now() : 0);
  }

  /** An attempt begins: while held, the others wait for its outcome and not for the same moment. */
  _claim(): void {
    const state = this._read();
    if (state.n >= PATIENCE) this._write({ ...state, until: Date.now() + HOLD_MS });
  }

  /** `seconds` is what `Retry-After` asked for; `n` how much the failure counts. */
  _fail(http: boolean, seconds = 0, n = 1): void {
    const state = this._read();
    state.n += n;
    state.http ||= http;
    state.off = navigator.onLine === false;
    state.until = Date.now() + Math.max(HOLD_MS, seconds * 1000);
    this._write(state);
    if (http) this._notBefore = Date.now() + Math.max(seconds, Math.random() * 2 ** (Math.min(state.n, PATIENCE) - 1)) * 1000;
  }

  _postpone(seconds: number): void {
    this._notBefore = Date.now() + seconds * 1000;
  }

  _lift(): void {
    this._notBefore = 0;
    if (this._read().n) remove('hold');
    this._memory = undefined;
  }

  private _read(): State {
    const state = readJson<State>('hold') || this._memory;
    return state && !(state.off && navigator.onLine) ? state : { n: 0, until: 0, http: false, off: false };
  }

  private _write(state: State): void {
    this._memory = write('hold', JSON.stringify(state)) ? undefined : state;
  }
}
