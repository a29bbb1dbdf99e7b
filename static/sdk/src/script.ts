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
type Call = (method: string, ...args: unknown[]) => unknown;
type Page = { obc?: Call & { q?: IArguments[] } };

safely(() => {
  const page = window as unknown as Page;
  const script = (document.currentScript || document.querySelector('script[data-key]')) as HTMLScriptElement;
  const config: Record<string, unknown> = { endpoint: new URL('/api/v1/analytics', script.src).href };
  for (const name in script.dataset) {
    const value = script.dataset[name]!;
    config[name.replace(/gpc|dnt/i, (word) => word.toUpperCase())] = /^(off|false)$/.test(value) ? false : /^(on|true|)$/.test(value) || value;
  }
  setPartsBase(script.src);
  const analytics = new OpenBioCureAnalytics(config as Config) as unknown as Record<string, Call>;
  const call: Call = (method, ...args) => safely(() => (analytics[method] as Call)(...(args as [string])));
  const early = page.obc?.q || [];
  page.obc = new Proxy(call, {
    get: (_call, name: string) => (analytics[name]?.bind ? analytics[name].bind(analytics) : analytics[name]),
  });
  (analytics as unknown as OpenBioCureAnalytics).start();
  for (const args of early) call(...(args as unknown as [string]));
});
