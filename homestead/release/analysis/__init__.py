"""Analysis of a release: numbers of its requests in, a verdict out, valid at every look."""
