"""What every network request needs: addresses, proxies, retries, deadlines and threads."""
