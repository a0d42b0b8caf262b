"""Who makes the images: the seam, and the services behind it."""
