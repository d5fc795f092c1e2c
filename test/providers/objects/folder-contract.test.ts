import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify from 'fastify';
import { onTestFinished } from 'vitest';
import { objectRoutes } from '../../../src/ops/object-routes.ts';
import { createFolderStore } from '../../../src/providers/objects/folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from './store-contract.ts';

testStore('folder', async () => {
  const folder = await tempFolder();
  const secret = 'a secret of the tests, long enough';
  const now = () => new Date();
  let url = '';
  const store = createFolderStore({ folder, ownUrl: () => url, linkSecret: secret, now });
  const app = Fastify({ forceCloseConnections: true });
  await app.register(objectRoutes({ store, secret, now }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  return { store, unfinished: async () => (await readdir(join(folder, 'partial'))).length };
});
