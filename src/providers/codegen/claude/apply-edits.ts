type Edit = { search: string; replace: string };

export type Edited = { text: string; faults: string[] };

const mostEdits = 60;
const marks = { search: '<<<<<<< SEARCH', middle: '=======', replace: '>>>>>>> REPLACE' } as const;

/**
 * Applies SEARCH/REPLACE blocks to a file, one after the other. Each old text must stand in the file exactly once: what
 * is not found, or found twice, is a fault and changes nothing.
 */
export function applyEdits(file: string, block: string): Edited {
  const { edits, faults } = readEdits(block);
  let text = file.replaceAll('\r\n', '\n');
  if (edits.length === 0 && faults.length === 0) faults.push('There is no SEARCH/REPLACE block.');
  if (edits.length > mostEdits) faults.push(`There are more than ${mostEdits} SEARCH/REPLACE blocks.`);
  for (const [index, { search, replace }] of edits.slice(0, mostEdits).entries()) {
    const count = search === '' ? 0 : text.split(search).length - 1;
    if (count === 1) {
      // A function: $ in the new text means nothing.
      text = text.replace(search, () => replace);
      continue;
    }
    faults.push(
      `The old text of block ${index + 1} stands in the file ${count === 0 ? 'nowhere' : `${count} times`}: ${JSON.stringify(search.slice(0, 120))}`,
    );
  }
  if (faults.length === 0 && text === file) faults.push('The blocks change nothing.');
  return { text, faults };
}

function readEdits(block: string): { edits: Edit[]; faults: string[] } {
  const edits: Edit[] = [];
  let part: 'outside' | 'search' | 'replace' = 'outside';
  let search: string[] = [];
  let replace: string[] = [];
  for (const line of block.replaceAll('\r\n', '\n').split('\n')) {
    const trimmed = line.trimEnd();
    if (part === 'outside') {
      if (trimmed === marks.search) part = 'search';
    } else if (part === 'search') {
      if (trimmed === marks.middle) part = 'replace';
      else search.push(line);
    } else if (trimmed === marks.replace) {
      edits.push({ search: search.join('\n'), replace: replace.join('\n') });
      [search, replace, part] = [[], [], 'outside'];
    } else {
      replace.push(line);
    }
  }
  return { edits, faults: part === 'outside' ? [] : ['A SEARCH/REPLACE block is never closed.'] };
}
