import { useEffect, useMemo } from 'react';
import { Blocks } from '../blocks/blocks.tsx';
import { SurfaceContext } from '../blocks/surface.ts';
import { useDeeds } from '../state/deeds.ts';
import type { PageState } from '../state/page-state.ts';
import { appHref } from '../state/route.ts';

/** The app's own dashboard for whoever looks; asking for it is what makes the app draw it. */
export function HomePane({ state }: { state: PageState }) {
  const deeds = useDeeds();
  const surface = useMemo(() => deeds.surfaceOf({ home: true }), [deeds]);
  useEffect(() => void deeds.call('open-home', {}), [deeds]);
  return (
    // Scrolled by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="home" aria-label="Home" tabIndex={0}>
      {state.home === null ? (
        <p className="home-empty">Kaggle Agent has not drawn this page yet.</p>
      ) : (
        <SurfaceContext value={surface}>
          <Blocks blocks={state.home.blocks} />
        </SurfaceContext>
      )}
    </section>
  );
}

export function AppTabs({ tab, hasMessages }: { tab: 'home' | 'messages'; hasMessages: boolean }) {
  if (!hasMessages) return null;
  return (
    <nav className="tabs" aria-label="Kaggle Agent">
      <Tab tab="home" isCurrent={tab === 'home'} />
      <Tab tab="messages" isCurrent={tab === 'messages'} />
    </nav>
  );
}

function Tab({ tab, isCurrent }: { tab: 'home' | 'messages'; isCurrent: boolean }) {
  return (
    <a className="tab" href={appHref(tab)} {...(isCurrent ? { 'aria-current': 'page' as const } : {})}>
      {tab === 'home' ? 'Home' : 'Messages'}
    </a>
  );
}
