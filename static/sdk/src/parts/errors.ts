import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';
import { readEvents } from './read';

const MAX_SAME = 5; // of one error and one page
const MAX_ALL = 100;
const MAX_MESSAGE = 1_000;
const MAX_STACK = 8_000;

interface Heard {
  error?: unknown;
  reason?: unknown;
  message?: string;
  filename?: string;
  lineno?: number;
  colno?: number;
  handled?: boolean;
  properties?: object;
}

/** `error` with type, message, stack, place and causes; an error in a loop is sent five times and no more. */
export function install(analytics: OpenBioCureAnalytics): void {
  const seen = new Map<string, number>();
  let all = 0;
  readEvents<Heard>(analytics, 'errors', (heard) => {
    const { error, reason, message, filename, lineno, colno, handled, properties } = heard;
    const cause = error ?? reason;
    const said = {
      ...properties,
      type: nameOf(cause) || (reason === undefined ? 'Error' : 'UnhandledRejection'),
      message: (messageOf(cause) || message || '').slice(0, MAX_MESSAGE),
      stack: (cause as Error | undefined)?.stack?.slice(0, MAX_STACK),
      handled: !!handled,
      source: filename || undefined,
      line: lineno || undefined,
      column: colno || undefined,
      causes: causesOf(cause),
    };
    const same = said.type + said.message + said.source + said.line;
    const times = (seen.get(same) || 0) + 1;
    seen.set(same, times);
    if (times <= MAX_SAME && ++all <= MAX_ALL) analytics.track('error', said, { category: 'error' });
  });
}

function nameOf(value: unknown): string | undefined {
  return (value as Error | undefined)?.name?.toString();
}

function messageOf(value: unknown): string {
  const message = (value as Error | undefined)?.message;
  return message === undefined ? (value === undefined ? '' : String(value)) : String(message);
}

function causesOf(value: unknown): string[] | undefined {
  const causes: string[] = [];
  let cause = (value as { cause?: unknown } | undefined)?.cause;
  for (let i = 0; i < 3 && cause !== undefined; i++) {
    causes.push(`${nameOf(cause) || 'Error'}: ${messageOf(cause)}`.slice(0, MAX_MESSAGE));
    cause = (cause as { cause?: unknown }).cause;
  }
  return causes.length ? causes : undefined;
}
