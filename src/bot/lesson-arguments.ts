import { type Read, slugOf, takePublic, wrong } from './command-arguments.ts';

const idForm = /^[0-9a-f]{4,8}(?:-?[0-9a-f-]{0,28})?$/i;

/** `lessons titanic`, `lessons forget 1a2b3c4d`; platforms with typed options send `forget=1a2b3c4d`. */
export function readLessonArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const [first, second] = words;
  const option = words.map((word) => /^forget[:=](.*)$/i.exec(word)?.[1]).find((id) => id !== undefined);
  if (option !== undefined || first?.toLowerCase() === 'forget') {
    const id = option ?? second ?? '';
    if (id === '') return wrong({ is: 'missing', name: 'forget' });
    return idForm.test(id)
      ? { verb: 'lessons', slug: null, forget: id, isPublic }
      : wrong({ is: 'no_lesson', typed: id });
  }
  if (first === undefined) return { verb: 'lessons', slug: null, forget: null, isPublic };
  const slug = slugOf(first);
  if (slug === null) return wrong({ is: 'no_slug', typed: first });
  if (second !== undefined) return wrong({ is: 'two_slugs', first, second });
  return { verb: 'lessons', slug, forget: null, isPublic };
}
