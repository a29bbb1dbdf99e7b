import { safely } from './safe';

/** localStorage under our prefix. Blocked, full or absent storage reads as empty and writes as false. */
const PREFIX = 'obc_analytics_';

export function read(name: string): string | null {
  return safely(() => localStorage.getItem(PREFIX + name)) ?? null;
}

export function write(name: string, value: string): boolean {
  return !!safely(() => (localStorage.setItem(PREFIX + name, value), true));
}

export function remove(name: string): void {
  safely(() => localStorage.removeItem(PREFIX + name));
}

/** What follows `start` in the names that begin with it. */
export function namesAfter(start: string): string[] {
  const begin = PREFIX + start;
  const all = safely(() => Object.keys(localStorage)) || [];
  return all.filter((name) => name.startsWith(begin)).map((name) => name.slice(begin.length));
}

/** Call `f` when another document writes that name. */
export function isName(event: StorageEvent, name: string): boolean {
  return event.key === PREFIX + name;
}

export function readJson<T>(name: string): T | undefined {
  return safely(() => JSON.parse(read(name)!) as T) || undefined;
}
