/** Packages that a generated script may ask for, each with the range of versions it is known to work with. */
const allowed = {
  numpy: 'numpy>=1.23,<3',
  pandas: 'pandas>=1.5,<4',
  scipy: 'scipy>=1.9,<2',
  'scikit-learn': 'scikit-learn>=1.2,<2',
  lightgbm: 'lightgbm>=4,<5',
} as const;

/** requirements.txt of a script: the floor, and LightGBM where the script uses it. */
export function writeRequirements(usesLightgbm: boolean): string {
  const { lightgbm, ...floor } = allowed;
  return `${[...Object.values(floor), ...(usesLightgbm ? [lightgbm] : [])].join('\n')}\n`;
}
