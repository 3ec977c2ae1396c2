# The block design: processing system, DMA, interconnect, engine. Every connection is made by name, none by automation rules, so
# that each Vivado builds the same. docs/deploy.md of shiftloom has a picture.

# The one pin, interface pin, address space or segment of a name. A name that finds nothing would be skipped by Vivado in silence.
proc shiftloom::only {found name} {
  if {[llength $found] != 1} {
    stop "$name: [llength $found] found in the block design"
  }
  return $found
}
proc shiftloom::pin {name} { return [only [get_bd_pins -quiet $name] $name] }
proc shiftloom::interface_pin {name} { return [only [get_bd_intf_pins -quiet $name] $name] }

proc shiftloom::connect {from to} {
  connect_bd_intf_net [interface_pin $from] [interface_pin $to]
}

proc shiftloom::cell {name ip} {
  set vlnv [newest_ip $ip]
  if {$vlnv eq ""} {
    stop "this Vivado has no IP $ip"
  }
  return [create_bd_cell -type ip -vlnv $vlnv $name]
}

proc shiftloom::interface_port {name vlnv} {
  create_bd_intf_port -mode Master -vlnv $vlnv $name
  connect_bd_intf_net [interface_pin ps7/$name] [get_bd_intf_ports $name]
}

# Parameters of the processing system: the board's, then what this design needs whatever the board says.
proc shiftloom::processing_system {config} {
  set ps7 [cell ps7 processing_system7]
  set preset [file join [dict get $config here] ps7_preset.tcl]
  if {[dict get $config board_part_installed]} {
    apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \
      -config {make_external "FIXED_IO, DDR" apply_board_preset "1" Master "Disable" Slave "Disable"} $ps7
  } else {
    if {[file exists $preset]} {
      source $preset
      set_property -dict [apply_preset $ps7] $ps7
    } elseif {[llength [dict get $config processor]] > 0} {
      set_property -dict [dict get $config processor] $ps7
    }
    interface_port DDR xilinx.com:interface:ddrx_rtl:1.0
    interface_port FIXED_IO xilinx.com:display_processing_system7:fixedio_rtl:1.0
  }
  set_property -dict [list \
    CONFIG.PCW_USE_M_AXI_GP0 1 \
    CONFIG.PCW_USE_S_AXI_HP0 1 \
    CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64 \
    CONFIG.PCW_EN_CLK0_PORT 1 \
    CONFIG.PCW_EN_RST0_PORT 1 \
    CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ [dict get $config mhz] \
    CONFIG.PCW_USE_FABRIC_INTERRUPT 1 \
    CONFIG.PCW_IRQ_F2P_INTR 1 \
  ] $ps7
  if {[dict get $config has_weights]} {
    set_property -dict [list CONFIG.PCW_USE_S_AXI_HP1 1 CONFIG.PCW_S_AXI_HP1_DATA_WIDTH 64] $ps7
  }
}

# A DMA without scatter-gather. Its memory side is as wide as an HP port, with the longest bursts that an HP port takes; its streams are as
# wide as the engine's, so that no converter is needed. 26 bits of length: a transfer may have 64 MiB less a byte.
proc shiftloom::dma {name to_engine from_engine} {
  set dma [cell $name axi_dma]
  set properties [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 26 CONFIG.c_include_mm2s_dre 0]
  lappend properties CONFIG.c_m_axi_mm2s_data_width 64 CONFIG.c_m_axis_mm2s_tdata_width $to_engine CONFIG.c_mm2s_burst_size 16
  if {$from_engine > 0} {
    lappend properties CONFIG.c_include_s2mm 1 CONFIG.c_include_s2mm_dre 0
    lappend properties CONFIG.c_m_axi_s2mm_data_width 64 CONFIG.c_s_axis_s2mm_tdata_width $from_engine CONFIG.c_s2mm_burst_size 16
  } else {
    lappend properties CONFIG.c_include_s2mm 0
  }
  set_property -dict $properties $dma
}

# An interconnect and the pins of its clocks and resets: one of each for every port, or a single one in the SmartConnect that follows it.
# Returns {clock pins, reset of the core, resets of the ports}.
proc shiftloom::interconnect {name slaves masters} {
  if {[newest_ip axi_interconnect] eq ""} {
    set_property -dict [list CONFIG.NUM_SI $slaves CONFIG.NUM_MI $masters CONFIG.NUM_CLKS 1] [cell $name smartconnect]
    return [list [list $name/aclk] [list $name/aresetn] {}]
  }
  set_property -dict [list CONFIG.NUM_SI $slaves CONFIG.NUM_MI $masters] [cell $name axi_interconnect]
  set clocks [list $name/ACLK]
  set resets [list]
  foreach {letter count} [list S $slaves M $masters] {
    for {set index 0} {$index < $count} {incr index} {
      set port [format "%s/%s%02d" $name $letter $index]
      lappend clocks ${port}_ACLK
      lappend resets ${port}_ARESETN
    }
  }
  return [list $clocks [list $name/ARESETN] $resets]
}

# Gives a slave segment its place in a master's address space. 2019.2 has only the older command.
proc shiftloom::address {space segment offset range} {
  set target [only [get_bd_addr_spaces -quiet $space] $space]
  set slave [only [get_bd_addr_segs -quiet $segment] $segment]
  if {[at_least 2020.1]} {
    assign_bd_address -offset $offset -range $range -target_address_space $target $slave -force
  } else {
    create_bd_addr_seg -range $range -offset $offset $target $slave SEG_[string map {/ _} $segment]
  }
}

proc shiftloom::connect_all {driver sinks} {
  set pins [list [pin $driver]]
  foreach sink $sinks {
    lappend pins [pin $sink]
  }
  connect_bd_net {*}$pins
}

# Builds the block design of this name; `config` is the dictionary of config.tcl.
proc shiftloom::block_design {name config} {
  set has_weights [dict get $config has_weights]
  create_bd_design $name
  processing_system $config
  cell reset proc_sys_reset
  create_bd_cell -type ip -vlnv [dict get $config vlnv] engine
  dma dma [dict get $config input_bits] [dict get $config output_bits]

  set clocks {ps7/M_AXI_GP0_ACLK ps7/S_AXI_HP0_ACLK reset/slowest_sync_clk engine/aclk dma/s_axi_lite_aclk dma/m_axi_mm2s_aclk dma/m_axi_s2mm_aclk}
  set core_resets {}
  set resets {engine/aresetn dma/axi_resetn}
  set networks [list [interconnect control 1 [expr {$has_weights ? 3 : 2}]] [interconnect data 2 1]]
  if {$has_weights} {
    dma weight_dma 64 0
    lappend networks [interconnect weight_data 1 1]
    lappend clocks ps7/S_AXI_HP1_ACLK weight_dma/s_axi_lite_aclk weight_dma/m_axi_mm2s_aclk
    lappend resets weight_dma/axi_resetn
  }
  foreach network $networks {
    set clocks [concat $clocks [lindex $network 0]]
    set core_resets [concat $core_resets [lindex $network 1]]
    set resets [concat $resets [lindex $network 2]]
  }

  connect_all ps7/FCLK_CLK0 $clocks
  connect_all ps7/FCLK_RESET0_N reset/ext_reset_in
  connect_all reset/interconnect_aresetn $core_resets
  connect_all reset/peripheral_aresetn $resets
  connect_all engine/interrupt ps7/IRQ_F2P

  connect ps7/M_AXI_GP0 control/S00_AXI
  connect control/M00_AXI engine/s_axil
  connect control/M01_AXI dma/S_AXI_LITE
  connect dma/M_AXIS_MM2S engine/s_axis
  connect engine/m_axis dma/S_AXIS_S2MM
  connect dma/M_AXI_MM2S data/S00_AXI
  connect dma/M_AXI_S2MM data/S01_AXI
  connect data/M00_AXI ps7/S_AXI_HP0

  set ddr [dict get $config ddr_bytes]
  address ps7/Data engine/s_axil/Reg [dict get $config engine_base] [dict get $config engine_range]
  address ps7/Data dma/S_AXI_LITE/Reg [dict get $config dma_base] 0x10000
  address dma/Data_MM2S ps7/S_AXI_HP0/HP0_DDR_LOWOCM 0x00000000 $ddr
  address dma/Data_S2MM ps7/S_AXI_HP0/HP0_DDR_LOWOCM 0x00000000 $ddr
  if {$has_weights} {
    connect control/M02_AXI weight_dma/S_AXI_LITE
    connect weight_dma/M_AXIS_MM2S engine/s_axis_weight
    connect weight_dma/M_AXI_MM2S weight_data/S00_AXI
    connect weight_data/M00_AXI ps7/S_AXI_HP1
    address ps7/Data weight_dma/S_AXI_LITE/Reg [dict get $config weight_dma_base] 0x10000
    address weight_dma/Data_MM2S ps7/S_AXI_HP1/HP1_DDR_LOWOCM 0x00000000 $ddr
  }
  validate_bd_design
  save_bd_design
}
