import { type Answer, answer, refuse } from './answer.ts';

type Version = {
  data: Record<string, unknown>;
  createdAt: Date;
  deletedAt: Date | null;
  isDestroyed: boolean;
};
type Key = { versions: Version[]; custom: Record<string, string> | null };

export type KeyValues = {
  put(path: string, data: Record<string, unknown>, createdAt?: Date): void;
  setCustom(path: string, custom: Record<string, string>): void;
  /** The newest version, softly; or every version for good. */
  remove(path: string, kind: 'deleted' | 'destroyed'): void;
  readData(path: string): Answer;
  readMetadata(path: string): Answer;
};

/** The key-value engine, version 2. Source: Vault's API documentation, "KV Secrets Engine - Version 2". */
export function createKeyValues(now: () => Date): KeyValues {
  const keys = new Map<string, Key>();
  const stamp = (at: Date): string => at.toISOString().replace('Z', '123456Z');
  const told = ({ createdAt, deletedAt, isDestroyed }: Version) => ({
    created_time: stamp(createdAt),
    deletion_time: deletedAt === null ? '' : stamp(deletedAt),
    destroyed: isDestroyed,
  });
  const isGone = ({ deletedAt, isDestroyed }: Version): boolean =>
    isDestroyed || (deletedAt !== null && deletedAt <= now());

  return {
    put(path, data, createdAt = now()) {
      const key = keys.get(path) ?? { versions: [], custom: null };
      key.versions.push({ data, createdAt, deletedAt: null, isDestroyed: false });
      keys.set(path, key);
    },
    setCustom(path, custom) {
      const key = keys.get(path);
      if (key !== undefined) key.custom = custom;
    },
    remove(path, kind) {
      const newest = keys.get(path)?.versions.at(-1);
      if (newest === undefined) throw new Error(`nothing at ${path}`);
      if (kind === 'deleted') newest.deletedAt = now();
      else newest.isDestroyed = true;
    },
    readData(path) {
      const key = keys.get(path);
      const newest = key?.versions.at(-1);
      if (key === undefined || newest === undefined) return { status: 404, body: { errors: [] } };
      const metadata = { ...told(newest), custom_metadata: key.custom, version: key.versions.length };
      if (isGone(newest)) return answer({ status: 404, data: { data: null, metadata } });
      return answer({ data: { data: newest.data, metadata } });
    },
    readMetadata(path) {
      const key = keys.get(path);
      const first = key?.versions[0];
      const newest = key?.versions.at(-1);
      if (key === undefined || first === undefined || newest === undefined) {
        return { status: 404, body: { errors: [] } };
      }
      return answer({
        data: {
          cas_required: false,
          created_time: stamp(first.createdAt),
          current_version: key.versions.length,
          custom_metadata: key.custom,
          delete_version_after: '0s',
          max_versions: 0,
          oldest_version: 0,
          updated_time: stamp(newest.createdAt),
          versions: Object.fromEntries(key.versions.map((one, index) => [String(index + 1), told(one)])),
        },
      });
    },
  };
}

export const noEngine = (path: string): Answer =>
  refuse(404, `no handler for route "${path}". route entry not found.`);
