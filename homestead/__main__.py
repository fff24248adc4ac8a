from homestead.cli import main

main(prog_name="homestead")
