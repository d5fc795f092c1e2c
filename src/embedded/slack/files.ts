import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { SlackFile } from './contract.ts';
import { makeId, makeSecret } from './ids.ts';
import { type FileRecord, fileSchema } from './records.ts';
import type { Store } from './store.ts';

/** The files of the workspace: promised by an upload address, uploaded, complete. */
export type FileShelf = {
  promise(file: { name: string; sizeBytes: number; altText: string; refusals: number }): {
    file: FileRecord;
    uploadToken: string;
  };
  /** @returns why the bytes are not taken, or null */
  upload(uploadToken: string, bytes: Buffer): 'unknown' | 'wrong_size' | null;
  get(id: string): FileRecord | null;
  /** Null while not even uploaded. */
  bytes(id: string): Buffer | null;
  complete(id: string, title: string | undefined): FileRecord | null;
  remove(id: string): void;
  /** What is wrong with showing the file in a block; counts down the times that Slack still looks at it. */
  check(id: string): string | null;
};

const mimetypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.log': 'text/plain',
  '.md': 'text/markdown',
  '.json': 'application/json',
  '.zip': 'application/zip',
};
const signatures = ['89504e47', 'ffd8ff', '47494638'];

export function createFileShelf(store: Store, folder: string | null): FileShelf {
  const records = store.table('files', fileSchema);
  const uploads = new Map<string, string>();
  const content = openContent(folder);

  return {
    promise({ name, sizeBytes, altText, refusals }) {
      const file: FileRecord = {
        id: makeId('F'),
        name,
        mimetype: mimetypes[extname(name).toLowerCase()] ?? 'application/octet-stream',
        title: name,
        altText,
        sizeBytes,
        state: 'promised',
        refusals,
      };
      const uploadToken = makeSecret(16);
      uploads.set(uploadToken, file.id);
      records.set(file.id, file);
      return { file, uploadToken };
    },
    upload(uploadToken, bytes) {
      const file = records.get(uploads.get(uploadToken) ?? '');
      if (file === undefined || file.state === 'complete') return 'unknown';
      if (bytes.length !== file.sizeBytes) return 'wrong_size';
      content.write(file.id, bytes);
      records.set(file.id, { ...file, state: 'uploaded' });
      return null;
    },
    get: (id) => records.get(id) ?? null,
    bytes: (id) => (records.get(id) === undefined ? null : content.read(id)),
    complete(id, title) {
      const file = records.get(id);
      if (file?.state !== 'uploaded') return null;
      const completed: FileRecord = { ...file, state: 'complete', title: title ?? file.title };
      records.set(id, completed);
      return completed;
    },
    remove(id) {
      records.delete(id);
      content.remove(id);
    },
    check(id) {
      const file = records.get(id);
      if (file?.state !== 'complete') return 'invalid slack file';
      const bytes = content.read(id);
      const start = bytes?.subarray(0, 4).toString('hex') ?? '';
      if (!signatures.some((signature) => start.startsWith(signature))) return 'slack file must be an image';
      if (file.refusals === 0) return null;
      records.set(id, { ...file, refusals: file.refusals - 1 });
      return 'invalid slack file';
    },
  };
}

export function toSlackFile({ id, name, mimetype, title, altText, sizeBytes }: FileRecord): SlackFile {
  return { id, name, mimetype, title, altText, sizeBytes };
}

/** Bytes by id, in a folder or in memory. Ids are our own, so they make safe names. */
function openContent(folder: string | null) {
  const memory = new Map<string, Buffer>();
  if (folder === null) {
    return {
      write: (id: string, bytes: Buffer) => void memory.set(id, bytes),
      read: (id: string) => memory.get(id) ?? null,
      remove: (id: string) => void memory.delete(id),
    };
  }
  const pathOf = (id: string) => join(folder, 'files', id);
  mkdirSync(join(folder, 'files'), { recursive: true, mode: 0o700 });
  return {
    write(id: string, bytes: Buffer) {
      writeFileSync(`${pathOf(id)}.new`, bytes, { mode: 0o600 });
      renameSync(`${pathOf(id)}.new`, pathOf(id));
    },
    read(id: string) {
      try {
        return readFileSync(pathOf(id));
      } catch {
        return null;
      }
    },
    remove: (id: string) => rmSync(pathOf(id), { force: true }),
  };
}
