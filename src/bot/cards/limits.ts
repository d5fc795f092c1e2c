/** Of titles and summaries: more does not fit into a notification. */
export const longestLine = 150;
/** Of a paragraph that somebody else wrote; two such and everything around them fit into every platform's message. */
export const longestParagraph = 1200;
/** Of a sentence that somebody else wrote. */
export const longestSentence = 300;
/** Of a name in the middle of a line. */
export const longestNameInLine = 60;
