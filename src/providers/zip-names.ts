export const twoForOne = 'it has two entries for one file';

const longestName = 1_024;
const longestSegment = 255;

/** Names of an archive's entries, folded as file systems fold them that know no case. */
export function createNameClaims() {
  const files = new Set<string>();
  const folders = new Set<string>();
  return {
    /** Remembers the name. @returns what is wrong with it, or null */
    claim(name: string, isFolder: boolean): string | null {
      if (!isPlainPath(name)) return 'it has a path that leads elsewhere';
      const parts = name.normalize('NFC').toLowerCase().split('/');
      const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      const above = isFolder ? paths : paths.slice(0, -1);
      const path = paths.at(-1) ?? '';
      if (above.some((folder) => files.has(folder))) return twoForOne;
      if (!isFolder && (files.has(path) || folders.has(path))) return twoForOne;
      for (const folder of above) folders.add(folder);
      if (!isFolder) files.add(path);
      return null;
    },
  };
}

function isPlainPath(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > longestName || /^[A-Za-z]:/.test(name)) return false;
  if (/[\p{Cc}\\]/u.test(name)) return false;
  return name
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= longestSegment,
    );
}
