// Chance
//
// Owns:   random numbers as a parameter, so that tests can choose them.

/** A number in [0, 1). */
export type Chance = () => number
