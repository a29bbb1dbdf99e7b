export interface DeviceInfo {
  browser: string;
  browser_version: string;
  os: string;
  device_type: 'desktop' | 'mobile' | 'tablet';
  screen: string;
  language: string;
  timezone: string;
}

/** First match wins: every Chromium browser also says Chrome, and Chrome also says Safari. */
const BROWSERS: [string, RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
];
const SYSTEMS: [string, RegExp][] = [
  ['iOS', /iP(?:hone|ad|od)/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['ChromeOS', /CrOS/],
  ['macOS', /Mac/],
  ['Linux', /Linux/],
];

/** What this browser says of itself. An iPad that claims to be a Mac is known by its touch points. */
export function detectDevice(nav: Navigator = navigator, display: Screen = screen): DeviceInfo {
  const agent = nav.userAgent;
  const [browser, version] = find(BROWSERS, agent);
  const pad = /iPad/.test(agent) || (/Mac/.test(agent) && nav.maxTouchPoints > 1);
  const tablet = pad || /Tablet/.test(agent) || (/Android/.test(agent) && !/Mobi/.test(agent));
  return {
    browser,
    browser_version: version,
    os: pad ? 'iOS' : find(SYSTEMS, agent)[0],
    device_type: tablet ? 'tablet' : /Mobi/.test(agent) ? 'mobile' : 'desktop',
    screen: display.width + 'x' + display.height,
    language: nav.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function find(known: [string, RegExp][], agent: string): [string, string] {
  for (const [name, pattern] of known) {
    const match = pattern.exec(agent);
    if (match) return [name, match[1] || ''];
  }
  return ['', ''];
}
