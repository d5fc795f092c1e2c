import type { FastifyInstance } from 'fastify';
import type { SlackWorkspace } from '../slack/contract.ts';

/** Pictures that a browser shows without running anything in them; everything else is only saved. */
const shownTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Even opened by itself, a file is nothing but a file. */
const filePolicy = "default-src 'none'; sandbox";

/** Files of messages, by their id: `GET /files/F0123`. */
export function registerFiles(app: FastifyInstance, workspace: SlackWorkspace): void {
  app.get<{ Params: { id: string } }>('/files/:id', async (request, reply) => {
    const found = workspace.file(request.params.id);
    if (found === null) {
      return await reply.code(404).send({ error: { code: 'page.no_file', message: 'That file is gone.' } });
    }
    const { file, bytes } = found;
    const isShown = shownTypes.has(file.mimetype);
    // A file's bytes never change under one id.
    void reply.headers({
      'content-security-policy': filePolicy,
      'cache-control': 'private, max-age=86400, immutable',
      ...(isShown
        ? {}
        : { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}` }),
    });
    return await reply.type(isShown ? file.mimetype : 'application/octet-stream').send(bytes);
  });
}
