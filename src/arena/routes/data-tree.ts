import { notFound } from '../api-error.ts';
import type { PublicFile } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { requireCompetition } from '../standing.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

const treeRequest = competitionRequest.extend({ path: optionalText, ...pagingFields });

/** One folder of a competition's data: the folders in it and the files in it, folders first across pages. */
export function listDataTreeFiles(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(treeRequest, body);
  const { competition } = requireCompetition(ctx, request.competitionName);
  const prefix = request.path === '' ? '' : `${request.path.replace(/\/+$/, '')}/`;
  const below = competition.files.filter(({ name }) => name.startsWith(prefix));
  if (below.length === 0 && prefix !== '') throw notFound();
  const restOf = ({ name }: PublicFile) => name.slice(prefix.length);
  const files = below.filter((file) => !restOf(file).includes('/'));
  const directories = [
    ...Map.groupBy(
      below.filter((file) => restOf(file).includes('/')),
      (file) => restOf(file).split('/', 1)[0] ?? '',
    ),
  ];
  const { page, nextPageToken } = pageOf([...directories, ...files], request);
  const base = `/competitions/${competition.slug}/data`;
  const shown = page.map((entry) =>
    'name' in entry ? { file: showFile(entry, base) } : { directory: showDirectory(...entry, prefix, base) },
  );
  return json({
    directories: shown.flatMap(({ directory }) => directory ?? []),
    files: shown.flatMap(({ file }) => file ?? []),
    totalDirectories: directories.length,
    totalFiles: files.length,
    totalChildren: directories.length + files.length,
    nextPageToken,
  });
}

function showFile({ name, sizeBytes, modifiedAt }: PublicFile, base: string): WireObject {
  return {
    name: name.split('/').at(-1),
    creationDate: wireTime(modifiedAt),
    totalBytes: sizeBytes,
    relativeUrl: `${base}?select=${encodeURIComponent(name)}`,
  };
}

function showDirectory(
  name: string,
  inside: readonly PublicFile[],
  prefix: string,
  base: string,
): WireObject {
  const rests = inside.map((file) => file.name.slice(prefix.length + name.length + 1));
  const folders = new Set(rests.filter((rest) => rest.includes('/')).map((rest) => rest.split('/', 1)[0]));
  const totalFiles = rests.filter((rest) => !rest.includes('/')).length;
  return {
    name,
    relativeUrl: `${base}?select=${encodeURIComponent(`${prefix}${name}`)}`,
    totalDirectories: folders.size,
    totalFiles,
    totalChildren: folders.size + totalFiles,
  };
}
