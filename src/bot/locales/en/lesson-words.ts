/** Answers about what earlier competitions taught. */
export const lessonAnswers = {
  'command.lessons.summary': 'what earlier competitions taught, with the evidence; admins forget one',
  'command.lessons.details':
    'With a slug the lessons that count for it come first, with how alike the competitions are that they come from, and what won there. A lesson that is contradicted more often than confirmed retires by itself. forget with the id of a lesson takes it out for good.',
  'parameter.forget': 'id of the lesson to forget',
  'lessons.title': 'Lessons of all competitions',
  'lessons.title_for': '{{slug}} · lessons that count for it',
  'lessons.summary_one': '{{count}} lesson counts',
  'lessons.summary_other': '{{count}} lessons count',
  'lessons.none': 'No competition has taught anything yet: lessons are drawn after each round.',
  'lessons.drift': 'Training and test rows differ:',
  'lessons.more_one': '{{count}} more',
  'lessons.more_other': '{{count}} more',
  'lessons.retired_one': '{{count}} retired',
  'lessons.retired_other': '{{count}} retired',
  'lessons.how': 'to forget one: {{- command}}',
  'lessons.source.rule': 'read from the scores',
  'lessons.source.model': 'concluded by a language model',
  'lessons.source.person': 'said by a person',
  'usage.no_lesson': '"{{typed}}" is no id of a lesson; the list of lessons shows them, such as 1a2b3c4d.',
  'lessons.forgotten': 'Lesson {{id}} is forgotten',
  'lessons.forgotten_text': 'It is told to nobody any more, and what is learnt later does not bring it back.',
} as const;

/** What cards say of it. */
export const lessonWords = {
  'kind.post_mortem': 'What did this competition teach?',
  'option.save_lessons': 'Save',
  'option.add_view': 'Add my view',
  'then.save_lessons': 'Later competitions learn from it as it stands.',
  'then.add_view': 'Your words become a lesson of their own beside these.',
  'fact.best_approach': 'Best approach',
  'fact.approaches_tried': 'Approaches tried',
  'alert.what.drift': 'training and test rows of {{name}} differ',
} as const;
