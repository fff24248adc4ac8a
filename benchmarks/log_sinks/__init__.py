"""What shipping the prediction log costs, by where it goes."""
