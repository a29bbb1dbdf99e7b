import { useState } from 'react';
import {
  AnalyticsErrorBoundary, AnalyticsProvider, useAnalytics, useEventTracking, useFormTracking, usePageTracking,
} from '@openbiocure/analytics/react';

const { VITE_KEY, VITE_ENDPOINT, VITE_WS } = import.meta.env;

/** Every hook as the protocol lists them. */
export function App() {
  const [user, setUser] = useState<{ id: string; plan: string } | null>(null);
  const [page, setPage] = useState('dashboard');
  const go = (name: string) => {
    history.pushState(null, '', '/' + name);
    setPage(name);
  };
  return (
    <AnalyticsProvider writeKey={VITE_KEY} endpoint={VITE_ENDPOINT} ws={VITE_WS} user={user}>
      <nav>
        <button id="sign-in" onClick={() => setUser({ id: 'ada', plan: 'lab' })}>Sign in</button>
        <button id="sign-out" onClick={() => setUser(null)}>Sign out</button>
        <button id="to-settings" onClick={() => go('settings')}>Settings</button>
      </nav>
      <AnalyticsErrorBoundary fallback={<p id="fallback">Something broke</p>}>
        {page === 'dashboard' ? <Dashboard /> : <Settings />}
      </AnalyticsErrorBoundary>
    </AnalyticsProvider>
  );
}

function Dashboard() {
  usePageTracking('dashboard');
  const { trackEvent, trackAction } = useEventTracking();
  const analytics = useAnalytics();
  const [broken, setBroken] = useState(false);
  if (broken) throw new TypeError('broken on purpose');
  return (
    <main>
      <button id="create" onClick={() => trackAction('click', 'button', 'create-project', { context: 'dashboard' })}>Create</button>
      <button id="search" onClick={() => trackEvent('search', { query_length: 12 })}>Search</button>
      <button id="export" onClick={() => analytics.track('export')}>Export</button>
      <button id="break" onClick={() => setBroken(true)}>Break</button>
    </main>
  );
}

function Settings() {
  usePageTracking('settings');
  const { trackFormStart, trackFormSubmit } = useFormTracking('login_form');
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <input id="name" onFocus={() => trackFormStart()} />
      <button id="fail" onClick={() => trackFormSubmit(false, ['Wrong password'])}>Fail</button>
      <button id="succeed" onClick={() => trackFormSubmit(true)}>Succeed</button>
    </form>
  );
}
