/** What is asked at gates and about how a competition is judged, and why a submission waits. */
export const gateWords = {
  'option.gate_done': 'Done',
  'option.gate_skip': 'Skip',
  'then.gate_done': 'I look at once, and go on if it is open.',
  'then.gate_skip': 'The competition is not entered.',
  'option.edit': 'Edit',
  'then.contract_ok': 'I go on with what I read.',
  'then.contract_edit': 'You write it, for example: metric: MAP@5; target: price.',
  'then.contract_maximize': 'I read the data anew with this metric (higher is better).',
  'then.contract_minimize': 'I read the data anew with this metric (lower is better).',
  'wait.used_up':
    "Today's submissions are used up; it is sent when the next ones count, if nothing better has come by then.",
  'wait.reserved': 'The last submission of the day is kept in reserve; this one waits for the next day.',
  'wait.small_gain':
    'Its gain is within chance and few submissions are left today; it waits until there are more.',
} as const;
