// The sentence that every answer about a recording carries.

/** States what the answers are not. */
export const notice =
  'Not a medical device: the answers are for research, and no diagnosis or treatment may rest on them.';
