import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The chat page: static files for src/embedded/page. */
// biome-ignore lint/style/noDefaultExport: Vite reads its configuration from the default export.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../build/page',
    emptyOutDir: true,
    target: 'es2023',
    // Everything is a file of its own: the page's policy allows no inline data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
