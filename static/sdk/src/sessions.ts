import { readJson, write } from './storage';
import { uuid } from './uuid';

const IDLE_MS = 30 * 60_000;
const CAP_MS = 24 * 3_600_000;
const SAVE_MS = 5_000;

interface State {
  id: string;
  start: number;
  last: number;
}

/**
 * One session for all tabs: it ends after 30 minutes without an event or after 24 hours.
 * Storage is read when it seems to have ended (another tab may have gone on) and written every 5 s at most.
 */
export class Sessions {
  private _state: State = { id: '', start: 0, last: 0 };
  private _saved = 0;

  _touch(now: number): string {
    if (ended(this._state, now)) this._take(now);
    this._state.last = now;
    if (now - this._saved > SAVE_MS) this._save(now);
    return this._state.id;
  }

  /** Another tab began or kept up a session. */
  _read(): void {
    const known = readJson<State>('session');
    if (known && known.last >= this._state.last) this._state = known;
  }

  _renew(now: number): void {
    this._state = { id: uuid(now), start: now, last: now };
    this._save(now);
  }

  private _take(now: number): void {
    this._read();
    if (ended(this._state, now)) this._renew(now);
  }

  private _save(now: number): void {
    this._saved = now;
    write('session', JSON.stringify(this._state));
  }
}

function ended(state: State, now: number): boolean {
  return now - state.last > IDLE_MS || now - state.start > CAP_MS;
}
