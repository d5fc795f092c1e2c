/** A machine's start-up, downloads and uploads, around the script's own time. */
export const trainingOverheadSeconds = 600;
