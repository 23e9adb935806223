"""Export plug-ins: one file a kind of file or database that takes a run's figures on to other programs."""
