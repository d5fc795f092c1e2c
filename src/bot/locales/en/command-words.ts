/** Words of the command table. */
export const commandWords = {
  'group.run': 'Run',
  'group.look': 'Look',
  'group.decide': 'Decide',
  'group.set_up': 'Set up',

  'command.start.summary': 'enter a competition and work on it to its end',
  'command.start.details':
    "The slug is the last part of the competition's address; the whole address works too. Without one a form asks for it. Only a few competitions run at once, as the settings allow; others wait, the lowest priority number first (1 to 1000; 100 where none is given). budget is for the whole competition, in US dollars. time-limit takes seconds, or 30m, 2h, 1d.",
  'command.pause.summary': 'hold a competition where it is; nothing is lost',
  'command.pause.details': 'Decisions of a paused competition wait too.',
  'command.resume.summary': 'go on with a paused competition',
  'command.resume.details': 'It goes on in the stage in which it was paused.',
  'command.stop.summary': 'end a competition for good; asks before it does',
  'command.stop.details':
    'What was submitted, its code and its results are kept; running experiments are ended, and rented machines are released. --all-gpus ends every rented machine at once, of all competitions, and rents none until resume --all-gpus.',
  'command.status.summary': 'where a competition is, its scores and what it does now',
  'command.status.details':
    "Without a slug: the thread's competition, the one that runs, or the list of all.",
  'command.list.summary': 'all competitions, one line each',
  'command.list.details':
    'Those that need a decision come first. running, done and available choose which; available are those that could be started.',
  'command.leaderboard.summary': 'our rank and the best entrants, as last read',
  'command.leaderboard.details': 'The leaderboard is read after each submission and by the schedule.',
  'command.research.summary': 'what was learnt, from which sources, and what is tried',
  'command.research.details':
    'Findings and ideas of every round, newest first, with the score that each idea reached.',
  'command.logs.summary': 'the last steps of a competition with their outcome',
  'command.logs.details':
    'Every run of a stage is listed with its attempt, its outcome and, where it failed, why; a number says how many. The word decisions in place of a slug lists who decided what.',
  'command.decide.summary': 'list open decisions, or answer one by letter or number',
  'command.decide.details':
    'With several open decisions name one by its id or by the slug of its competition. A note is advice: it is kept with the decision and given to research of the next round. Without an answer the default is taken at the deadline. In place of an option: later gives it more time, once, and again asks a closed one anew.',
  'command.budget.summary': 'what was spent today, and the caps; admins change them',
  'command.budget.details':
    'gpu-day and llm-day are caps for a day, gpu-hour is for all machines together in an hour, llm-competition is for the language models of one competition. A cap that was changed here outlives a restart.',
  'command.config.summary': 'language, time zone, digest, quiet hours and what is told',
  'command.config.details':
    'Admins set: language (en or ja), time-zone (Asia/Tokyo), digest (09:00 or off), quiet-hours (22:00-08:00 or off), bars (on or off), broadcast (kinds with commas between them, or none).',
  'command.help.summary': 'this list, or one command in detail',
  'command.help.details':
    'In direct messages and at a prompt the name of the agent in front may be left out.',

  'parameter.competition': 'slug or address; in its thread it may be left out',
  'parameter.budget': 'US dollars for the whole competition',
  'parameter.rounds': 'rounds at most',
  'parameter.priority': '1 is served first; 100 where none is given',
  'parameter.approaches': 'approaches in each round',
  'parameter.time-limit': 'for the whole competition, in seconds',
  'parameter.public': 'show the answer to everybody here',
  'parameter.filter': 'which competitions',
  'parameter.errors': 'only steps that went wrong',
  'parameter.period': 'how far back the picture goes',
  'parameter.lines': 'how many steps; 20 where none is given',
  'parameter.decision': 'id of the decision, or the slug of its competition',
  'parameter.option': 'letter or number of the option',
  'parameter.note': 'advice for the next round',
  'parameter.cap': 'the cap to change',
  'parameter.usd': 'US dollars',
  'parameter.reason': 'why, for those who read it later',
  'parameter.name': 'the setting to change',
  'parameter.value': 'what to set it to',
  'parameter.command': 'a command',

  'usage.no_slug': '"{{typed}}" is no competition\'s slug.',
  'usage.two_slugs': 'One competition at a time: "{{first}}" and "{{second}}" are two.',
  'usage.unknown_option': '"{{name}}" is no option of {{verb}}.',
  'usage.not_whole': '{{name}} must be a whole number, for example 3.',
  'usage.not_money': '{{name}} must be US dollars, for example 5 or 2.50, and at most 100000.',
  'usage.out_of_range': '{{name}} goes from {{min}} to {{max}}.',
  'usage.unknown_word': '"{{typed}}" is none of these: {{choices}}.',
  'usage.missing': '{{name}} needs a value.',
} as const;
