import type { Config } from './types';

export interface Resolved extends Config {
  _endpoint: string;
  _ws: string;
}

/**
 * Addresses from the configuration, else from the build's environment, else on this origin.
 * `try { process.env.X } catch {}` stands so because bundlers substitute exactly that text;
 * a `typeof process` guard would stay false in the browser.
 */
export function resolve(config: Config): Resolved {
  let endpoint: string | undefined = config.endpoint;
  let ws: string | false | undefined = config.ws;
  try { endpoint = endpoint || process.env.REACT_APP_ANALYTICS_ENDPOINT } catch {}
  try { ws = ws ?? process.env.REACT_APP_ANALYTICS_WS } catch {}
  const base = (endpoint || '/api/v1/analytics').replace(/\/+$/, '');
  return { ...config, _endpoint: base, _ws: ws === false ? '' : ws || base.replace(/\/api\/v1\/analytics$/, '/ws/analytics') };
}

/** A socket's address, absolute: older browsers take neither a path nor http. */
export function socketUrl(ws: string, query: Record<string, string | undefined>): string {
  const url = new URL(ws, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  for (const name in query) if (query[name]) url.searchParams.set(name, query[name]);
  return url.href;
}

declare const process: { env: Record<string, string | undefined> };
