"""Search of a candidate's parameters: proposals, trials, and the study that workers share."""
