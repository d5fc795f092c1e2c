import { problemAt } from './problems.ts';
import { isRecord, optionsOf, type WalkedBlock } from './walk.ts';

/** Tells what is wrong with a file that a block shows; null where it can be shown. */
export type FileCheck = (file: { id: string } | { url: string }) => string | null;

/** Characters over all cells of all data tables of one message. Source: data table block. */
const maxDataTableCharacters = 10_000;
/** Source: data visualization block. */
const maxCharts = 2;

/** What Slack refuses that no field alone shows. @returns messages as beside `invalid_blocks` */
export function findBrokenRules(blocks: readonly WalkedBlock[], checkFile: FileCheck): string[] {
  return [
    ...blocks.flatMap((block) => [
      ...blockProblems(block),
      ...imageProblems(block, checkFile),
      ...menuProblems(block),
      ...repeatedActions(block),
    ]),
    ...repeatedBlocks(blocks),
    ...wholeProblems(blocks),
  ];
}

function blockProblems({ type, raw, path }: WalkedBlock): string[] {
  const lacks = (...names: string[]) => names.every((name) => raw[name] === undefined);
  if (type === 'section' && lacks('text', 'fields')) return [problemAt(path, 'must have text or fields')];
  if (type === 'card' && lacks('hero_image', 'title', 'actions', 'body')) {
    return [problemAt(path, 'must have hero_image, title, actions or body')];
  }
  if (type === 'container' && lacks('title', 'rich_text_title')) {
    return [problemAt(path, 'must have title or rich_text_title')];
  }
  if (type === 'container' && raw.default_collapsed === true && raw.is_collapsible !== true) {
    return [problemAt(path, 'default_collapsed needs is_collapsible')];
  }
  return [];
}

/** Images stand as blocks, in contexts, as accessories and in cards. */
function imageProblems({ type, raw, path }: WalkedBlock, checkFile: FileCheck): string[] {
  const inside = [
    raw.accessory,
    raw.hero_image,
    raw.icon,
    ...(Array.isArray(raw.elements) ? raw.elements : []),
  ];
  const images = [type === 'image' ? raw : null, ...inside].filter(isRecord);
  return images
    .filter((image) => image.type === 'image')
    .flatMap(({ image_url: url, slack_file: file }) => {
      if ((url === undefined) === (file === undefined)) {
        return [problemAt(path, 'must have one of image_url and slack_file')];
      }
      if (typeof url === 'string' && !isReachable(url)) {
        return [problemAt(`${path}/image_url`, 'downloading image failed')];
      }
      if (!isRecord(file)) return [];
      const problem = checkFile(typeof file.id === 'string' ? { id: file.id } : { url: String(file.url) });
      return problem === null ? [] : [problemAt(`${path}/slack_file`, problem)];
    });
}

/** Slack fetches the picture itself, from the internet. */
function isReachable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|169\.254\.|\[)/.test(hostname);
  return protocol.startsWith('http') && !isPrivate;
}

function menuProblems({ elements }: WalkedBlock): string[] {
  return elements.flatMap(({ element, path }) => {
    const isStatic = element.type === 'static_select' || element.type === 'multi_static_select';
    if (isStatic && (element.options === undefined) === (element.option_groups === undefined)) {
      return [problemAt(path, 'must have one of options and option_groups')];
    }
    if (element.type.includes('external')) return [];
    const known = new Set(optionsOf(element).map((option) => JSON.stringify(option)));
    const initial = [element.initial_option, ...(element.initial_options ?? [])];
    return initial.some((option) => option !== undefined && !known.has(JSON.stringify(option)))
      ? [problemAt(path, 'initial option must match one of the options exactly')]
      : [];
  });
}

function repeatedActions({ elements }: WalkedBlock): string[] {
  const ids = elements.map(({ element }) => element.action_id);
  return elements
    .filter(({ element }, index) => element.action_id !== undefined && ids.indexOf(element.action_id) < index)
    .map(({ element, path }) => problemAt(path, `\`action_id\` "${element.action_id}" already exists`));
}

function repeatedBlocks(blocks: readonly WalkedBlock[]): string[] {
  const ids = blocks.map(({ blockId }) => blockId);
  return blocks
    .filter(({ blockId }, index) => blockId !== undefined && ids.indexOf(blockId) < index)
    .map(({ blockId, path }) => problemAt(path, `\`block_id\` "${blockId}" already exists`));
}

function wholeProblems(blocks: readonly WalkedBlock[]): string[] {
  const problems: string[] = [];
  const focused = blocks.flatMap(({ elements }) => elements).filter(({ element }) => element.focus_on_load);
  const second = focused[1];
  if (second !== undefined) problems.push(problemAt(second.path, 'only one element can have focus_on_load'));
  if (tableCharacters(blocks) > maxDataTableCharacters) {
    problems.push(problemAt('/blocks', `data tables hold at most ${maxDataTableCharacters} characters`));
  }
  if (blocks.filter(({ type }) => type === 'data_visualization').length > maxCharts) {
    problems.push(problemAt('/blocks', `no more than ${maxCharts} data_visualization blocks allowed`));
  }
  return problems;
}

function tableCharacters(blocks: readonly WalkedBlock[]): number {
  const texts = blocks.filter(({ type }) => type === 'data_table').flatMap(({ raw }) => textsIn(raw.rows));
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isRecord(value)) return [];
  return typeof value.text === 'string' ? [value.text] : textsIn(value.elements);
}
