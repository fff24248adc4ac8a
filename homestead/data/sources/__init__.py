"""Where tables come from: files and folders, web servers, databases."""
