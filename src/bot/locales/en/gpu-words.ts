import { reasonWords } from '../../../domain/gpu/reason-words.ts';

/** What is told in threads about the machines of training runs. */
export const gpuWords = {
  ...reasonWords,
  'alert.name.cost-watch': 'the watch over rented machines',
  'started.limit_gpu': '{{cap}} a day for machines',
  'alert.what.gpu_budget_day': '{{percent}} % of what rented machines may cost today is used',
  'alert.what.gpu_budget': '{{name}} has used {{percent}} % of its budget for machines',
  'alert.within_caps':
    'That is over: what is spent and reserved now is well below it. Nothing for you to do.',
  'alert.what.gpu_account': 'the account at {{name}}',
  'alert.what.gpu_image': 'the image of rented machines',
  'alert.what.gpu_over_cap': 'a machine would have crossed a cap',
  'status.on': '{{approach}} on {{machine}} at {{provider}} ({{price}} an hour)',
  'status.on_starting': '{{approach}} on {{machine}} at {{provider}} (starting)',
  'status.waits': 'Waits for a machine since {{- time}}: {{names}}. {{reason}}',
  'notice.machine_chosen': '{{slug}}: a machine is rented',
  'notice.machine_awaited': '{{slug}}: a run waits for a machine',
  'notice.machine_lost': '{{slug}}: a rented machine was lost',
  'notice.machine_lost_text':
    'The run goes on from its last checkpoint on another one, or begins again. Nothing for you to do.',
  'notice.run_resumed': '{{slug}}: a run that was cut off goes on',
  'notice.run_given_up': '{{slug}}: a run was ended before its time',
} as const;

/** What commands about rented machines are answered with. */
export const gpuAnswers = {
  'parameter.all-gpus': 'all rented machines, and no competition',
  'gpus.stopped': '⏹ Rented machines stopped',
  'gpus.stopped_summary_one': '{{count}} rented machine ended.',
  'gpus.stopped_summary_other': '{{count}} rented machines ended.',
  'gpus.not_all': '⚠ Not every rented machine is stopped',
  'gpus.none_ended': 'No rented machine was ended.',
  'gpus.none': 'No rented machine was there.',
  'gpus.held': 'None is rented until somebody allows it again: {{- command}}. What ran there waits.',
  'gpus.rents_again':
    'The database did not answer, so a machine may be rented again at any moment. Stop them once more.',
  'gpus.left': 'Still there: {{machine}} on {{provider}} ({{price}} an hour). {{reason}}',
  'gpus.left_next': 'I try again every few minutes; end it in the portal of the vendor if you cannot wait.',
  'gpus.unknown': '{{provider}} does not say what is there: {{reason}} Look into its portal.',
  'gpus.allowed': '▶ Machines may be rented again',
  'gpus.allowed_summary': 'Machines may be rented again.',
  'gpus.not_held': 'Nothing held them; machines may be rented.',
  'gpus.running':
    'Rented now: {{machine}} on {{provider}} for {{slug}}, {{price}} an hour, {{cost}} so far; {{reserved}} is reserved for it, and counts as spent until it ends.',
  'gpus.on_hold': 'All rented machines were stopped, and none is rented; {{- command}} allows it again.',
  'gpus.confirm': 'Stop all rented machines?',
  'gpus.confirm_text':
    'They end at once, and what runs there begins again later. None is rented until somebody allows it.',
  'gpus.by': 'Asked by {{- who}}.',
  'btn.stop_gpus': 'Stop all machines',
  'btn.allow_gpus': 'Allow renting',
} as const;
