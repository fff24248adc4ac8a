from homestead.cli.main import main

main(prog_name="homestead")
