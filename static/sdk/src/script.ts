import { OpenBioCureAnalytics } from './OpenBioCureAnalytics';
import { setPartsBase } from './parts';
import { safely } from './safe';
import type { Config } from './types';

/**
 * `<script async src="https://A/static/sdk/analytics.js" data-key="obc_pk_…"></script>`
 *
 * Every option of Config is an attribute: `data-page-views="off"`, `data-ws="off"`, `data-respect-dnt="on"`.
 * `window.obc` is the instance, and a function too, so that calls made before this script came are not lost:
 * `window.obc=window.obc||function(){(obc.q=obc.q||[]).push(arguments)}` and then `obc('track', 'name', {…})`.
 */
type Api = ((method: string, ...args: unknown[]) => unknown) & { q?: IArguments[] };
type Page = { obc?: Api };

safely(() => {
  const page = window as unknown as Page;
  const script = (document.currentScript || document.querySelector('script[data-key][src*="/sdk/analytics.js"]')) as HTMLScriptElement;
  const origin = new URL(script.src).origin;
  const config: Record<string, unknown> = { endpoint: origin + '/api/v1/analytics' };
  for (const name in script.dataset) {
    const value = script.dataset[name]!;
    config[name.replace(/Gpc$|Dnt$/, (end) => end.toUpperCase())] = /^(off|false)$/.test(value) ? false : /^(on|true|)$/.test(value) || value;
  }
  setPartsBase(script.src);
  const analytics = new OpenBioCureAnalytics(config as Config) as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls = page.obc?.q || [];
  const api = ((method, ...args) => safely(() => analytics[method]!(...args))) as Api;
  for (const name of Object.getOwnPropertyNames(OpenBioCureAnalytics.prototype)) {
    if (/^_|constructor/.test(name)) continue;
    const { get } = Object.getOwnPropertyDescriptor(OpenBioCureAnalytics.prototype, name)!;
    Object.defineProperty(api, name, get ? { get: get.bind(analytics) } : { value: analytics[name]!.bind(analytics) });
  }
  page.obc = api;
  analytics.start!();
  for (const call of calls) api(...(Array.from(call) as [string]));
});
