"""Problems on a cluster: the objects of each, made from its file, deployed and deleted alone."""
