"""Ready-to-paste senders of a first event, with the key filled in."""

from __future__ import annotations

from dataclasses import dataclass

from obc_analytics import sdk


@dataclass(frozen=True, slots=True)
class Snippet:
    """`id` names its tab; `note` is one sentence below; `install` is what to run first, if anything."""

    id: str
    label: str
    code: str
    note: str
    install: str = ""


def snippets(origin: str, key: str) -> dict[str, Snippet]:
    """By id, in the order of the tabs. `origin` is this server's, such as `https://analytics.example`."""
    api, ws = f"{origin}/api/v1/analytics", "ws" + origin.removeprefix("http") + "/ws/analytics"
    package = npm_install(origin)
    made = [
        Snippet("script", "Script tag", SCRIPT.format(origin=origin, key=key), SCRIPT_NOTE),
        Snippet("react", "React", REACT.format(api=api, ws=ws, key=key), REACT_NOTE, package),
        Snippet("typescript", "TypeScript", TYPESCRIPT.format(api=api, ws=ws, key=key), TYPESCRIPT_NOTE, package),
        Snippet("mixpanel", "From Mixpanel", MIXPANEL.format(api=api, key=key), MIXPANEL_NOTE, package),
        Snippet("fetch", "JavaScript", FETCH.format(api=api, key=key), FETCH_NOTE),
        Snippet("curl", "curl", CURL.format(api=api, key=key), CURL_NOTE),
        Snippet("python", "Python", PYTHON.format(api=api, key=key), PYTHON_NOTE),
        Snippet("ws", "WebSocket", WEBSOCKET.format(ws=ws, key=key), WEBSOCKET_NOTE),
    ]
    return {snippet.id: snippet for snippet in made}


def npm_install(origin: str) -> str:
    """The newest version by its number: its file never changes, so `npm ci` finds it as it was locked."""
    newest = sdk.newest()
    return f"npm install {origin}/sdk/{newest.name if newest else 'openbiocure-analytics.tgz'}"


def csp_line(origin: str) -> str:
    """What the Content-Security-Policy of a page on another origin has to allow."""
    return f"script-src {origin}; connect-src {origin} ws{origin.removeprefix('http')}"


SCRIPT = """\
<script async src="{origin}/static/sdk/analytics.js" data-key="{key}"></script>"""
SCRIPT_NOTE = "In the head of each page: page views are sent by themselves, window.obc.track(name) sends more."

REACT = """\
import {{ AnalyticsProvider, useEventTracking, usePageTracking }} from '@openbiocure/analytics/react'

function Dashboard() {{
  usePageTracking('dashboard')
  const {{ trackAction }} = useEventTracking()
  return <button onClick={{() => trackAction('click', 'button', 'hello')}}>Hello</button>
}}

export function App({{ user }}: {{ user?: {{ id: string; name?: string }} | null }}) {{
  return (
    <AnalyticsProvider writeKey="{key}" endpoint="{api}" ws="{ws}" user={{user}}>
      <Dashboard />
    </AnalyticsProvider>
  )
}}"""
REACT_NOTE = "user is an id, { id, ...traits }, or null after sign-out. React keeps `key` for itself: writeKey."

TYPESCRIPT = """\
import {{ OpenBioCureAnalytics }} from '@openbiocure/analytics'

export const analytics = new OpenBioCureAnalytics({{
  key: '{key}',
  endpoint: '{api}',
  ws: '{ws}',
}})
analytics.start()
analytics.track('hello', {{ from: 'typescript' }})"""
TYPESCRIPT_NOTE = "Page views are sent by themselves; analytics.identify(userId, traits) says who acts."

MIXPANEL = """\
import mixpanel from '@openbiocure/analytics/mixpanel'

mixpanel.init('{key}', {{ api_host: '{api}', track_pageview: true }})
mixpanel.track('hello', {{ from: 'mixpanel' }})"""
MIXPANEL_NOTE = "Your calls stay as they are; the migration page says what maps to what."

FETCH = """\
await fetch("{api}/batch?key={key}", {{
  method: "POST",
  body: JSON.stringify({{ events: [{{
    event_id: crypto.randomUUID(),
    event_name: "hello",
    timestamp: new Date().toISOString(),
    user_id: "me",
    properties: {{ from: "fetch" }},
  }}] }}),
}}).then((answer) => answer.json())"""
FETCH_NOTE = "Send the same event_id again after a failure: it is counted once."

CURL = """\
curl {api}/events \\
  -H 'Authorization: Bearer {key}' \\
  -d '{{"event_name":"hello","user_id":"me","properties":{{"from":"curl"}}}}'"""
CURL_NOTE = "201 means stored and queryable."

PYTHON = """\
import json, uuid
from urllib.request import Request, urlopen

event = {{"event_id": str(uuid.uuid4()), "event_name": "hello",
         "user_id": "me", "properties": {{"from": "python"}}}}
request = Request("{api}/batch",
                  data=json.dumps({{"events": [event]}}).encode(),
                  headers={{"Authorization": "Bearer {key}"}})
print(json.load(urlopen(request)))"""
PYTHON_NOTE = "Standard library only. Up to 1,000 events a request."

WEBSOCKET = """\
const socket = new WebSocket("{ws}?key={key}")
socket.onmessage = ({{ data }}) => console.log(JSON.parse(data))
socket.onopen = () => socket.send(JSON.stringify({{
  type: "event",
  event: {{ event_id: crypto.randomUUID(), event_name: "hello", user_id: "me" }},
}}))"""
WEBSOCKET_NOTE = "The ack frame has each event's verdict. A socket silent for a minute is closed: send heartbeats."
