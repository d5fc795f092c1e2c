import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/layout.css';
import './styles/messages.css';
import './styles/blocks.css';
import './styles/composer.css';
import './styles/fields.css';
import './styles/dialogs.css';

// The page's policy forbids code made from text, which zod would try.
z.config({ jitless: true });

// The key has done its work once the page is here; it should not stay in the address.
const address = new URL(location.href);
if (address.searchParams.has('key')) {
  address.searchParams.delete('key');
  history.replaceState(null, '', address);
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root, { onUncaughtError: (error) => showBroken(root, error) }).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

/** React leaves nothing behind when drawing fails; a blank page would say nothing. */
function showBroken(place: HTMLElement, error: unknown): void {
  const words = document.createElement('p');
  words.className = 'starting';
  words.textContent = 'This page broke. Nothing is lost: reload it.';
  place.replaceChildren(words);
  reportError(error);
}
